"""How a script is run: as what, from where, with which arguments, and what is said when it stops."""

import json
import socket

import pytest

from mlprojects.sandbox import own_tracking
from mlprojects.sandbox.session import one_line

FITS = """
from sklearn.datasets import load_wine
from sklearn.neighbors import KNeighborsClassifier
X, y = load_wine(return_X_y=True)
model = KNeighborsClassifier().fit(X[::2], y[::2])
print(model.score(X[1::2], y[1::2]))
"""


def cells(*texts, **metadata):
    """A notebook of code cells."""
    found = [{"cell_type": "code", "source": text.splitlines(keepends=True)} for text in texts]
    return json.dumps({"cells": found, "metadata": metadata, "nbformat": 4})


def failure(trial):
    """The kind, reason and place of a trial that failed."""
    (event,) = trial.of("failed")
    return event["kind"], event["reason"], event["where"]


def test_a_notebook_is_run(run_script):
    """Magics, shell lines, display and get_ipython do no harm, and the fit is found with its cell."""
    text = cells(
        "%matplotlib inline\n!pip install nothing\nfrom IPython.display import display as show, HTML\nshow(HTML('x'))",
        f"%%time\n{FITS}\ndisplay(model)\nimport matplotlib.pyplot as plt\nplt.plot([1])\n"
        "get_ipython().run_line_magic('time', 'later = 5')\nassert later == 5",
        "%%bash\nexit 1",
        "assert __name__ == '__main__'\ntry:\n    __file__\nexcept NameError:\n    print('as in Jupyter')\nmodel?",
    )
    trial = run_script({"a b.ipynb": text}, entry="a b.ipynb")
    assert "finished" in trial.kinds, trial.output
    assert "script_error" not in trial.of("finished")[0]
    assert trial.of("evaluated", split="test")
    assert trial.of("described")[0]["where"] == "a b.ipynb:12 (cell 2, line 6)"
    assert "as in Jupyter" in trial.output


def test_a_notebook_of_colab(run_script):
    """The drive that is mounted there is not here, and the notebook goes on."""
    text = cells("from google.colab import drive\ndrive.mount('/content/drive')\n%cd /content/drive", FITS)
    trial = run_script({"n.ipynb": text}, entry="n.ipynb")
    assert "script_error" not in trial.of("finished")[0], trial.output


def test_a_package_in_a_folder_of_its_own_name(run_script):
    """A script in the package flowers/flowers imports from `flowers` as if that package had been installed."""
    files = {
        "flowers/flowers/__init__.py": "",
        "flowers/flowers/net/__init__.py": "",
        "flowers/flowers/net/size.py": "SIZE = 3\n",
        "flowers/flowers/train.py": f"from flowers.net.size import SIZE\n{FITS}",
    }
    trial = run_script(files, entry="flowers/flowers/train.py")
    assert "finished" in trial.kinds, trial.output


SETTINGS = "from pydantic import BaseModel\nimport pydantic\nclass Config(BaseModel):\n    model_config: dict\n"


@pytest.mark.parametrize(
    ("file", "text", "is_old"),
    [
        ("requirements.txt", "numpy\npydantic>=1.8.1,<1.9.0\n", True),
        ("requirements.txt", "pydantic==1.10.7 # as tried\n", True),
        ("pkg/requirements/prod.txt", "pydantic<2\n", True),
        ("pyproject.toml", '[tool.poetry.dependencies]\npydantic = "^1.10"\n', True),
        ("setup.py", "setup(install_requires=['pydantic>=1.8,<2.0'])\n", True),
        ("requirements.txt", "pydantic>=1.8\n", False),
        ("requirements.txt", "pydantic==2.1\n", False),
        ("requirements.txt", "pydantic-core<2\n", False),
    ],
)
def test_pydantic_is_the_one_that_the_source_asks_for(run_script, file, text, is_old):
    """A source that asks for pydantic 1 gets what pydantic 2 has of it; other code in the process keeps pydantic 2."""
    check = f"assert (pydantic.VERSION[0] == '1') == {is_old}\nimport mlflow.types\n"
    settings = SETTINGS if is_old else "import pydantic\n"
    files = {
        file: text,
        "pkg/__init__.py": "",
        "pkg/settings.py": settings + check,
        "pkg/train.py": f"from pkg import settings\n{FITS}",
    }
    trial = run_script(files, entry="pkg/train.py")
    assert "finished" in trial.kinds, trial.output


COMMAND = f"""
import click
@click.command()
@click.option('--rows', default=5, type=int)
def train(rows):
    {FITS.strip().replace(chr(10), chr(10) + "    ")}
    print('trained on', rows)
"""


@pytest.mark.parametrize("package", ["", "from .data import ROWS\n"], ids=["alone", "package"])
def test_a_command_that_only_the_entry_points_call(run_script, package):
    """The one click command of a script that calls none is run as an entry point of its package would run it."""
    files = {"pkg/__init__.py": "", "pkg/data.py": "ROWS = 5\n", "pkg/train.py": package + COMMAND}
    trial = run_script(files, entry="pkg/train.py", argv=["--rows", "7"])
    assert "finished" in trial.kinds, trial.output
    assert "trained on 7" in trial.output


def test_a_command_that_the_script_calls_is_not_called_again(run_script):
    """A command run below `__main__` runs once."""
    text = COMMAND + "if __name__ == '__main__':\n    train(standalone_mode=False)\n"
    trial = run_script({"train.py": text}, entry="train.py")
    assert trial.output.count("trained on 5") == 1, trial.output


def test_a_module_in_another_folder(run_script):
    """A package below src is found as if it had been installed; what is not unique is not guessed."""
    files = {
        "scripts/train.py": f"from net.data import X as other\n{FITS}try:\n    import two\nexcept ImportError:\n"
        "    two = 0\nassert two == 0\n",
        "src/net/__init__.py": "",
        "src/net/data.py": "X = 1",
        "a/two.py": "",
        "b/two.py": "",
    }
    trial = run_script(files, entry="scripts/train.py")
    assert "script_error" not in trial.of("finished")[0], trial.output


def test_an_error_in_a_notebook_names_its_cell(run_script):
    """Both a line that raises and one that does not parse are told with cell and line."""
    trial = run_script({"n.ipynb": cells("import os", "\nx = 1\n1 / 0")}, entry="n.ipynb")
    assert failure(trial) == ("source", "ZeroDivisionError: division by zero", "n.ipynb:6 (cell 2, line 3)")
    assert "1 / 0" in trial.output


def test_a_marked_script_is_run_with_its_magics(run_script):
    """A script with cell markers runs although a magic was left in it."""
    trial = run_script(f"# %%\n%matplotlib inline\n# %% [markdown]\n# text\n# %%\n{FITS}")
    assert "finished" in trial.kinds, trial.output


def test_an_export_is_run(run_script):
    """What nbconvert makes of magics runs."""
    text = f"#!/usr/bin/env python\n# In[1]:\nget_ipython().run_line_magic('matplotlib', 'inline')\n{FITS}"
    trial = run_script(text + "get_ipython().system('ls')\nget_ipython().run_cell_magic('time', '', 'q = 1\\n')\nq\n")
    assert "script_error" not in trial.of("finished")[0], trial.output


def test_a_module_of_a_package(run_script):
    """An entry that imports from its own package runs as python -m does."""
    files = {
        "pkg/__init__.py": "",
        "pkg/net/__init__.py": "",
        "pkg/net/data.py": "NAME = __name__",
        "pkg/net/train.py": "from .data import NAME\nfrom ..top import X as other\nassert NAME == 'pkg.net.data'\n"
        f"{FITS}import pkg.top, os\nassert __package__ == 'pkg.net' and os.path.exists(__file__)\n",
        "pkg/top.py": "X = 1",
    }
    trial = run_script(files, entry="pkg/net/train.py")
    assert "script_error" not in trial.of("finished")[0], trial.output
    assert trial.of("described")[0]["where"] == "pkg/net/train.py:8"


def test_a_package_without_init(run_script):
    """A folder without __init__.py is a package as well, for python -m."""
    trial = run_script({"p/train.py": f"from .m import x\n{FITS}", "p/m.py": "x = 1"}, entry="p/train.py")
    assert "finished" in trial.kinds, trial.output


@pytest.mark.parametrize(
    "text",
    [
        f"{FITS}\nimport sys; sys.exit()",
        f"import os; os.makedirs('out'); os.chdir('out')\n{FITS}\nopen('x.txt', 'w').write('x')",
        f"import sys; sys.path.append('..'); sys.path.append('lib')\nimport helper\n{FITS}",
        f"from pathlib import Path\nhere = Path(__file__).parent\n(here / 'lib' / 'helper.py').read_text()\n{FITS}",
        (f"from multiprocessing import Pool\ndef f(x):\n    return x * x\n{FITS}\n"
        "if __name__ == '__main__':\n    with Pool(2) as pool:\n        assert pool.map(f, [1, 2]) == [1, 4]\n"),
        (
            "import multiprocessing as m\nif __name__ == '__main__':\n    m.set_start_method('spawn')\n"
            f"    assert m.current_process().name == 'MainProcess'\n{FITS}\nif __name__ == '__main__':\n"
            "    with m.Pool(1) as pool:\n        assert pool.map(abs, [-1]) == [1]\n"
        ),
        f"import os; os.system('no-such-command-here'); os.system('exit 3')\n{FITS}",
        f"import pickle\nclass Own: pass\n{FITS}\npickle.loads(pickle.dumps(Own()))",
        f"import matplotlib as m\nm.use('TkAgg')\nfrom matplotlib import pyplot as p\np.plot([1])\np.show()\n{FITS}",
        "import sys\nassert sys.argv[1:] == ['--x', '1']\n" + FITS,
    ],
    ids=["exit", "chdir", "path", "file", "pool", "spawn", "system", "pickle", "screen", "argv"],
)  # fmt: skip
def test_what_scripts_do(run_script, text):
    """A script may leave, change the folder, write, start processes, call commands and ask for a screen."""
    files = {"übung 1.py": text, "lib/helper.py": "VALUE = 1"}
    trial = run_script(files, entry="übung 1.py", argv=("--x", "1"))
    assert "script_error" not in trial.of("finished")[0], trial.output
    assert trial.of("evaluated", split="test")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "import argparse\np = argparse.ArgumentParser()\np.add_argument('--data', required=True)\np.parse_args()",
            ["requires the arguments --data", "argv:"],
        ),
        ("import sys\nprint(sys.argv[2])", ["sys.argv[2]", "argv: [..., ...]"]),
        ("name = input('your name? ')", ["asks for input"]),
        ("import getpass\ngetpass.getpass()", ["asks for input"]),
        (
            "import click\n@click.command()\n@click.option('--data', required=True)\ndef main(data): pass\nmain()",
            ["requires the arguments --data"],
        ),
        ("import sys\nsys.exit('no data:\\ntwo lines')", ["left with: no data: two lines"]),
        ("import sys\nprint('last words')\nsys.exit(3)", ["exit status 3: last words"]),
        ("open('input/train.csv')", ["input/train.csv", "autotweak data add train.csv"]),
        ("raise ValueError('x' * 9000 + '\\udc80')", ["ValueError: xxx"]),
        ("import nowhere_at_all", ["No module named", "nowhere_at_all is neither"]),
        (
            "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9/iris.csv')",
            ["autotweak data add http://127.0.0.1:9/iris.csv", "--network"],
        ),
        (
            "import pandas\npandas.read_csv('http://127.0.0.1:9/iris.csv')",
            ["autotweak data add http://127.0.0.1:9/iris.csv"],
        ),
        ("import requests\nrequests.get('http://127.0.0.1:9/x')", ["autotweak data add http://127.0.0.1:9/x"]),
        ("import smtplib\nsmtplib.SMTP('127.0.0.1', 9)", ["a sandbox has no network"]),
    ],
    ids=[
        "argparse",
        "argv",
        "input",
        "getpass",
        "click",
        "message",
        "status",
        "file",
        "endless",
        "module",
        "urllib",
        "pandas",
        "requests",
        "mail",
    ],
)
def test_why_a_script_stopped(run_script, text, says):
    """The reason is one line with the place, what is missing and what would help."""
    trial = run_script(f"import os\n{text}\n{FITS}")
    kind, reason, where = failure(trial)
    assert kind == "source"
    assert "\n" not in reason
    assert all(part in reason for part in says), reason
    assert where.startswith("train.py:")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            'in user code:\n\n    File "x.py", line 1, in f\n        y(x)\n\n    ValueError: Dimensions differ\n',
            "ValueError: Dimensions differ",
        ),
        (
            "Graph execution error:\n\nDetected at node 'a'\nNode: 'a'\nlabel 9 is bad\n\t [[{{node a}}]]",
            "Error: label 9 is bad",
        ),
        (
            "Exception encountered when calling Sequential.call().\n\n\x1b[1mInvalid shape\x1b[0m\n\nArguments",
            "Error: Invalid shape",
        ),
    ],
    ids=["user code", "graph", "call"],
)
def test_the_cause_is_told_of_an_error_that_wraps_another(text, says):
    """TensorFlow's and Keras' first lines say only where; what is wrong stands further down."""
    assert one_line(RuntimeError(text)).endswith(says)


def test_openml_is_named(run_script):
    """A data set that a library would fetch is named as the command knows it."""
    text = "import os\nos.environ['https_proxy'] = 'http://127.0.0.1:9'\nfrom sklearn.datasets import fetch_openml\n"
    trial = run_script(f"{text}fetch_openml('mnist_784', n_retries=1, delay=0.01)\n{FITS}")
    assert "autotweak data add openml:mnist_784" in failure(trial)[1]


def test_a_loader_that_fails_on_data_that_is_there_is_no_download(run_script):
    """The network is not blamed where nothing was asked of it in vain."""
    (failed,) = run_script(f"from sklearn.datasets import fetch_openml\nfetch_openml()\n{FITS}").of("failed")
    assert failed["reason"].startswith("ValueError: Neither name nor data_id")
    assert "network" not in failed["reason"]


def test_a_failure_after_training_is_told_beside_the_measurement(run_script):
    """What was measured counts; the error has its line."""
    trial = run_script(f"{FITS}\nraise RuntimeError('no mail today')")
    (finished,) = trial.of("finished")
    assert finished["script_error"]["reason"] == "RuntimeError: no mail today"
    assert finished["script_error"]["where"] == "train.py:8"
    assert trial.of("evaluated", split="test")


def test_figures_become_files(run_script):
    """Shown and saved figures are in the trial's folder; what was there before is not."""
    text = f"""
import os
import matplotlib.pyplot as plt
plt.plot([1, 2]); plt.figure(); plt.plot([3]); plt.show()
os.makedirs("out"); plt.plot([1]); plt.savefig("out/curve.png"); plt.show(block=False); plt.pause(0.01)
{FITS}"""
    trial = run_script({"train.py": text, "old.png": b"old"})
    names = sorted(path.name for path in trial.paths.plots.iterdir())
    assert names == ["out-curve.png", "shown-01.png", "shown-02.png", "shown-03.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in trial.paths.plots.iterdir())


def test_a_search_trial_draws_nothing(run_script):
    """Only the baseline and confirming runs keep figures."""
    text = f"import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()\n{FITS}"
    trial = run_script(text, role="search", gate=0)
    assert "finished" in trial.kinds
    assert not trial.paths.plots.exists()


@pytest.mark.parametrize("uri", ["mlruns", "", "file:///tmp/mlruns", "C:\\runs"])
def test_a_script_may_log_to_a_folder(uri):
    """A folder is always there."""
    assert own_tracking.is_there(uri)


@pytest.mark.parametrize("uri", ["sqlite:///mlflow.db", "http://", "http://127.0.0.1:1", "https://127.0.0.1:99999/"])
def test_nothing_answers_in_a_sandbox(uri):
    """A server that does not answer, and a database, cannot be logged to."""
    assert not own_tracking.is_there(uri)


def test_a_server_that_answers_is_logged_to():
    """Where the network is allowed, a script's own server is its server."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert own_tracking.is_there(f"http://127.0.0.1:{server.getsockname()[1]}")


def test_a_script_whose_tracking_server_is_elsewhere(run_script):
    """It logs to the folder of its trial, and is trained."""
    start = "import mlflow\nmlflow.set_tracking_uri('http://127.0.0.1:1')\n"
    start += "assert mlflow.get_tracking_uri().startswith('file')\n"
    assert run_script(start + FITS).kinds[-1] == "finished"
