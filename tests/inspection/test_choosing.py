"""Folders again: which of several scripts is the entry, and what is said where none can be told."""

import pytest

from pipelines.inspection import inspect

from .conftest import Write

SVC = "from sklearn.svm import SVC\nSVC().fit(X, y)\n"
SERVED = "from flask import Flask\n" + SVC + "Flask(__name__).run()\n"
WINDOW = "import tkinter\n" + SVC
CLUSTERS = "from sklearn.cluster import KMeans\nKMeans(3).fit(X)\n"
BUILD = "from tensorflow import keras\ndef build():\n    return keras.Sequential([keras.layers.Conv2D(3, 3)])\n"
REGISTRY = """
MODELS = {}
def register(name):
    def keep(made):
        MODELS[name] = made
        return made
    return keep
def get(name):
    return MODELS[name]()
"""
REGISTERED = """
from sklearn.svm import SVC
from registry import register
@register('svm')
class Model:
    def __init__(self):
        self.clf = SVC()
    def train(self):
        self.clf.fit(X, y)
"""
COMMAND = """
import typer
from sklearn.svm import SVC
app = typer.Typer()
@app.command()
def svm():
    SVC().fit(X, y)
"""
FITS = "model.compile('adam', 'mse')\nmodel.fit(x, y, epochs=3)\n"
PICKED = "import importlib, sys\nfrom tensorflow import keras\n"
ROUTE = """
from flask import Flask
from sklearn.neighbors import KNeighborsClassifier
app = Flask(__name__)
@app.route('/predict')
def predict():
    return str(KNeighborsClassifier().fit(X, y).predict(X))
app.run()
"""

SETTLED = {
    "servers_yield": ({"train.py": SVC, "app.py": SERVED, "gui.py": WINDOW}, ("sklearn", "classical", "train.py")),
    "a_server_alone": ({"app.py": SERVED, "mail.py": "import smtplib\n"}, ("sklearn", "classical", "app.py")),
    "clusterers_yield": ({"explore.py": CLUSTERS, "train.py": SVC}, ("sklearn", "classical", "train.py")),
    "a_test_alone": ({"test_net.py": SVC, "notes.py": "print(1)\n"}, ("sklearn", "classical", "test_net.py")),
    "tests_yield": ({"tests/test_a.py": SVC, "run.py": SVC}, ("sklearn", "classical", "run.py")),
    "a_folder_named_build": ({"build/train.py": SVC, "x.py": "print(1)\n"}, ("sklearn", "classical", "build/train.py")),
    "module_by_prefix": (
        {
            "go.py": PICKED + "model = importlib.import_module('nets.' + sys.argv[1]).build()\n" + FITS,
            "nets/__init__.py": "",
            "nets/small.py": BUILD,
        },
        ("keras", "cnn", "go.py"),
    ),
    "module_by_format": (
        {
            "go.py": PICKED + "model = importlib.import_module(f'nets.{sys.argv[1]}').build()\n" + FITS,
            "nets/small.py": BUILD,
        },
        ("keras", "cnn", "go.py"),
    ),
    "module_by_its_name": (
        {"go.py": PICKED + "model = __import__('net').build()\n" + FITS, "net.py": BUILD},
        ("keras", "cnn", "go.py"),
    ),
    "layers_in_a_file_nobody_imports": (
        {"build_model.py": BUILD + "model = build()\n", "train_model.py": "from tensorflow import keras\n" + FITS},
        ("keras", "cnn", "train_model.py"),
    ),
    "file_named_like_what_it_imports": (
        {"autokeras.py": "import autokeras as ak\nclf = ak.ImageClassifier()\nclf.fit(x, y)\n"},
        ("unsupported", None, "autokeras.py"),
    ),
    "class_found_in_a_registry": (
        {"go.py": "import registry, zoo\nregistry.get('svm').train()\n", "registry.py": REGISTRY, "zoo.py": REGISTERED},
        ("sklearn", "classical", "go.py"),
    ),
    "class_kept_by_a_class": (
        {
            "go.py": "from registry import Models\nimport zoo\nModels.get('svm').train()\n",
            "registry.py": "class Models:\n    kept = {}\n    @classmethod\n    def register(cls, name):\n"
            "        def keep(made):\n            cls.kept[name] = made\n            return made\n"
            "        return keep\n    @classmethod\n    def get(cls, name):\n        return cls.kept[name]()\n",
            "zoo.py": REGISTERED.replace("import register", "import Models").replace("@reg", "@Models.reg"),
        },
        ("sklearn", "classical", "go.py"),
    ),
    "name_that_hides_its_module": (
        {
            "go.py": "from steps import train\ntrain()\n",
            "steps/__init__.py": "from .train import train\n",
            "steps/train.py": "from sklearn.svm import SVC\ndef train():\n    SVC().fit(X, y)\n",
        },
        ("sklearn", "classical", "go.py"),
    ),
    "commands_of_another_file": (
        {
            "go.py": "import typer\nimport train\napp = typer.Typer()\napp.add_typer(train.app)\napp()\n",
            "train.py": COMMAND,
        },
        ("sklearn", "classical", "go.py"),
    ),
    "optimizer_given_to_somebodys_loop": (
        {
            "go.py": "from torch.optim import SGD\nfrom loop import do_it\ndo_it(net, SGD(net.parameters()))\n",
            "loop.py": "from ignite.engine import create_supervised_trainer\n"
            "def do_it(net, optimizer):\n    create_supervised_trainer(net, optimizer).run(data)\n",
        },
        ("unsupported", None, "go.py"),
    ),
    "steps_of_a_pipeline_library": (
        {
            "run.py": "from steps.train import train\nfrom zenml import pipeline\n"
            "@pipeline\ndef all_steps():\n    train()\nif __name__ == '__main__':\n    all_steps()\n",
            "steps/train.py": "from zenml import step\nfrom sklearn.svm import SVC\n"
            "@step\ndef train():\n    SVC().fit(X, y)\n",
        },
        ("sklearn", "classical", "run.py"),
    ),
}


@pytest.mark.parametrize("name", SETTLED)
def test_the_script_that_only_trains_is_preferred(name: str, write: Write) -> None:
    """Servers, tests and clusterers yield to a script that trains; alone they are the entry."""
    files, expected = SETTLED[name]
    verdict = inspect(write(dict(files)))
    assert (verdict.family, verdict.kind, verdict.entry) == expected, verdict


def test_training_on_request_is_told(write: Write) -> None:
    """What a server would fit when asked is no training of the script, and the reason says where it stands."""
    verdict = inspect(write({"app.py": ROUTE}))
    assert (verdict.family, verdict.entry) == ("none", None)
    assert "app.py:6" in verdict.reason


MADE_BY_A_FUNCTION = """
import hydra
from sklearn.metrics import f1_score
model = hydra.utils.instantiate(cfg.model)
model.fit(X, y)
model.predict(X)
"""
MADE_WITHOUT_A_FRAMEWORK = """
import joblib, hydra
model = hydra.utils.instantiate(cfg.model)
model.fit(X, y)
joblib.dump(model, 'model.joblib')
"""
NAMED_WHEN_IT_RUNS = """
import importlib, sys
from sklearn.metrics import f1_score
importlib.import_module(sys.argv[1]).Trainer().train()
"""
HANDED_ON = """
from airflow.operators.python import PythonOperator
from sklearn.svm import SVC
def train():
    SVC().fit(X, y)
PythonOperator(python_callable=train)
"""
DECORATED_NOT_KEPT = """
from sklearn.svm import SVC
times = []
def timed(f):
    times.append(0)
    return f
@timed
def train():
    SVC().fit(X, y)
"""
UNTOLD = {
    MADE_BY_A_FUNCTION: "cannot tell what is fitted at go.py:5",
    MADE_WITHOUT_A_FRAMEWORK: "cannot tell what is fitted at go.py:4",
    NAMED_WHEN_IT_RUNS: "cannot tell what is trained: go.py:4 makes up a name when it is run",
    HANDED_ON: "go.py only describes its steps to Airflow",
    DECORATED_NOT_KEPT: "go.py:8 fits a model, but nothing calls that function",
}


@pytest.mark.parametrize(("text", "said"), UNTOLD.items())
def test_what_cannot_be_told_is_not_guessed(text: str, said: str, write: Write) -> None:
    """Where only a run could tell what is trained, or nothing trains, the reason says which, and where."""
    verdict = inspect(write({"go.py": text}))
    assert (verdict.family, verdict.entry) == ("none", None)
    assert said in verdict.reason


def test_a_loaded_model_is_not_called_dense_for_sure(write: Write) -> None:
    """Where no file shows the layers of a loaded model, the reason says that its kind is assumed."""
    text = "from keras.models import load_model\nload_model('old.h5').fit(x, y, epochs=2)\n"
    verdict = inspect(write({"go.py": text}))
    assert (verdict.family, verdict.kind) == ("keras", "dense")
    assert "trains a Keras model: load_model is fitted at go.py:2; it is loaded, and taken for dense" in verdict.reason


def test_an_estimator_named_when_it_runs_is_called_that(write: Write) -> None:
    """The family shows in the package, the class does not: the reason does not make one up."""
    text = "import importlib, sys\nm = importlib.import_module('sklearn.' + sys.argv[1])\nm.SVC().fit(X, y)\n"
    verdict = inspect(write({"go.py": text.replace("m.SVC", "getattr(m, sys.argv[2])")}))
    assert (verdict.family, verdict.kind) == ("sklearn", "classical")
    assert verdict.reason.endswith("what is named when it runs is fitted at go.py:3")


def test_a_source_too_large_to_follow_says_so(write: Write) -> None:
    """With more calls than are followed no entry is guessed: the files left unread are candidates."""
    many = "def load():\n" + "    a.b(c)\n" * 4000
    files: dict[str, str | bytes] = {
        f"s{n:02}.py": f"import tensorflow\nfrom big import load\nload()\nm{n}.fit(x)\n" for n in range(20)
    }
    verdict = inspect(write({**files, "big.py": many, "a.py": SVC}))
    assert (verdict.family, verdict.entry, verdict.candidates[:2]) == ("sklearn", None, ("a.py", "s03.py"))
    assert "17 of its files were not read, s03.py the first: set `entry:` in autotweak.yaml" in verdict.reason


def test_an_excerpt_without_imports_says_so(write: Write) -> None:
    """A script that uses Keras without importing it is read, and the reason names what is missing."""
    text = "model = keras.Sequential([keras.layers.Dense(1)])\nmodel.fit(x, y)\n"
    verdict = inspect(write({"train.py": text}))
    assert verdict.family == "keras"
    assert "nothing in it imports keras" in verdict.reason


def test_a_script_that_saves_for_a_service_only_trains(write: Write) -> None:
    """`bentoml.sklearn.save_model` makes no server of a training script: beside another one both are listed."""
    train = "from sklearn.svm import SVC\nm = SVC().fit(X, y)\n"
    files: dict[str, str | bytes] = {
        "serve/train.py": f"import bentoml\n{train}bentoml.sklearn.save_model('m', m)\n",
        "other/train.py": train,
    }
    assert inspect(write(files)).candidates == ("other/train.py", "serve/train.py")


def test_a_training_step_that_nothing_calls_is_told(write: Write) -> None:
    """A tape's step that is defined and never called is named, with its line."""
    text = """
import tensorflow as tf
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.Adam()
@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
"""
    verdict = inspect(write({"train.py": text}))
    assert verdict.family == "none"
    assert "train.py:6" in verdict.reason
    assert "nothing calls that function" in verdict.reason
