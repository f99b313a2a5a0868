"""Data from the cache, as a script finds it."""

import http.server
import threading
import urllib.request

import pytest

from mlprojects.contract.data_cache import Entry, entries, store
from mlprojects.contract.layout import SpoolPaths
from mlprojects.sandbox.record import Recorder

URL = "http://127.0.0.1:9/data/iris.csv"
SVC = "\nfrom sklearn.svm import SVC\nmodel = SVC().fit([[0.0], [1.0]] * 20, [0, 1] * 20)\n"


@pytest.fixture
def cache(tmp_path):
    """Give the cache that the sandbox will see, with one address and one file in it."""
    content = tmp_path / "iris.csv"
    content.write_text("a,b\n1,2\n")
    folder = SpoolPaths(tmp_path / "spool").data
    store(folder, Entry("url", URL, headers={"Content-Type": "text/csv"}), content)
    store(folder, Entry("file", "train.csv"), content)
    return folder


@pytest.mark.parametrize(
    "text",
    [
        "import urllib.request as u\nassert u.urlopen(URL, timeout=5).read() == b'a,b\\n1,2\\n'",
        "from urllib.request import urlretrieve as u\nu(URL, 'x.csv')\nassert open('x.csv').read() == 'a,b\\n1,2\\n'",
        "import pandas as pd\nassert pd.read_csv(URL).b[0] == 2",
        "import requests\nr = requests.get(URL)\nassert r.ok and r.text == 'a,b\\n1,2\\n' and r.url == URL",
        "open('../input/train.csv').read()\nopen('train.csv').read()",
        "import pandas as pd\nassert pd.read_csv('/kaggle/input/iris/train.csv').b[0] == 2",
        "from pathlib import Path\nassert (Path('data') / 'train.csv').read_text() == 'a,b\\n1,2\\n'",
    ],
    ids=["urlopen", "urlretrieve", "pandas", "requests", "file", "absolute", "joined"],
)  # fmt: skip
def test_a_script_finds_what_was_added(run_script, cache, text):
    """Requests are answered, and a file stands where the script names it."""
    assert cache.is_dir()
    trial = run_script(f"URL = {URL!r}\n{text}\n{SVC}")
    assert "script_error" not in trial.of("finished")[0], trial.output


def test_the_source_comes_first(run_script, cache):
    """A file of the source stays its own, and a path that leads out of the trial's folder is left alone."""
    text = f"assert open('train.csv').read() == 'own'\nimport os\nassert not os.path.exists('../../train.csv')\n{SVC}"
    trial = run_script({"train.py": text, "train.csv": "own"})
    assert "script_error" not in trial.of("finished")[0], trial.output
    assert cache.is_dir()


@pytest.mark.parametrize(
    "name", [r"C:\\Users\\me\\data\\train.csv", "/home/me/ml/train.csv", "/kaggle/input/x/train.csv"]
)
def test_a_path_of_another_machine_means_the_file_of_the_source(run_script, name):
    """It is read where the source has one file of that name, and that is said."""
    text = f"import pandas as pd\nassert pd.read_csv({name!r}).b[0] == 2\n{SVC}"
    trial = run_script({"train.py": text, "data/train.csv": "a,b\n1,2\n"})
    assert "script_error" not in trial.of("finished")[0], trial.output
    assert "is not here: reading" in trial.output


def test_two_files_of_a_name_are_not_told_apart(run_script):
    """Which of them a path of another machine means is not guessed; nor is a file that the script has yet to write."""
    files = {"a/train.csv": "a,b\n1,2\n", "b/train.csv": "a,b\n3,4\n", "old/state.json": "{}"}
    trial = run_script({"train.py": f"open('/home/me/train.csv')\n{SVC}", **files})
    assert "FileNotFoundError" in trial.of("failed")[0]["reason"]
    trial = run_script({"train.py": f"open('state.json')\n{SVC}", **files})
    assert "autotweak data add state.json" in trial.of("failed")[0]["reason"]


class _Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        moved = self.path == "/moved"
        self.send_response(302 if moved else 200)
        self.send_header(*(("Location", "/here") if moved else ("Content-Encoding", "x-own")))
        self.end_headers()
        self.wfile.write(b"" if moved else b"content")

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(
    "path", ["/content/drive/data/iris.csv", "C:\\Users\\me\\data\\iris.csv", "E:/iris/data/iris.csv"]
)
def test_a_path_of_another_machine_is_a_file_of_the_source(run_script, path):
    """Of several files of that name it is the one that lies alike; the script is told."""
    files = {"data/iris.csv": "a,b\n1,2\n", "old/iris.csv": "a,b\n3,4\n"}
    text = f"import pandas as pd\nassert pd.read_csv({path!r}).b[0] == 2"
    trial = run_script({"train.py": text + SVC, **files})
    assert trial.kinds[-1] == "finished", trial.output
    assert "is not here: reading" in trial.output


@pytest.mark.parametrize("path", ["data/iris.csv", "/content/iris.csv", "/content/data/none.csv"])
def test_what_could_be_several_files_is_none(run_script, path):
    """A relative path means what it says, and nothing is guessed."""
    files = {"a/iris.csv": "a,b\n1,2\n", "b/iris.csv": "a,b\n3,4\n"}
    (failed,) = run_script({"train.py": f"open({path!r})" + SVC, **files}).of("failed")
    assert "FileNotFoundError" in failed["reason"]


def test_what_a_library_fetches_is_kept(tmp_path):
    """Each answer goes into the cache under the address asked for, redirected or not, and is given from there."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    opener = urllib.request.build_opener(Recorder(tmp_path / "data", "openml:x"))
    base = f"http://127.0.0.1:{server.server_port}"
    with opener.open(f"{base}/moved") as answer:
        assert answer.read() == b"content"
        assert answer.headers["Content-Encoding"] == "x-own"
    server.shutdown()
    ((entry, content),) = entries(tmp_path / "data")
    assert (entry.name, entry.label, content.read_bytes()) == (f"{base}/moved", "openml:x", b"content")
    server.server_close()
