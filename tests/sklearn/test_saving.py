"""Saved estimators are loaded where the source is not, and answer their own input example as MLflow serves it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PINS = ("mlflow==3.17.2", "scikit-learn==1.9.1")
SCORE = """
import json, sys
from mlprojects.sandbox.serve import application
from starlette.testclient import TestClient
said = []
for folder, body, kind in json.load(sys.stdin):
    body = body or open(f"{folder}/serving_input_example.json").read()
    with TestClient(application(folder), raise_server_exceptions=False) as client:
        answer = client.post("/invocations", content=body, headers={"Content-Type": kind})
    said.append([answer.status_code, answer.json() if answer.text.startswith("{") else {"message": answer.text}])
print(json.dumps(said))
"""
JSON = "application/json"
TEXTS = """
import numpy as np, pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
texts = [f"good film {i}" for i in range(30)] + [f"bad film {i}" for i in range(30)]
a, b, c, d = train_test_split(CONTAINER(texts), ["good"] * 30 + ["bad"] * 30, random_state=0)
print(make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(a, c).score(b, d))
"""
FRAME = """
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier
x = pd.DataFrame({"colour": ["red", "blue"] * 30, "size": range(60)})
a, b, c, d = train_test_split(x, (x.colour == "red").map({True: "good", False: "bad"}), random_state=0)
columns = make_column_transformer((OneHotEncoder(), ["colour"]), remainder="passthrough")
print(make_pipeline(columns, DecisionTreeClassifier()).fit(a, c).score(b, d))
"""
OWN = """
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier
from helpers import halved
x = [[float(i % 2), float(i)] for i in range(60)]
a, b, c, d = train_test_split(x, ["good" if first else "bad" for first, _ in x], random_state=0)
print(make_pipeline(FunctionTransformer(halved), DecisionTreeClassifier()).fit(a, c).score(b, d))
"""
HELPERS = "import numpy as np\ndef halved(x):\n    return np.asarray(x) / 2\n"


SOURCES = {
    "list of texts": {"train.py": TEXTS.replace("CONTAINER", "list")},
    "series of texts": {"train.py": TEXTS.replace("CONTAINER", "pd.Series")},
    "array of texts": {"train.py": TEXTS.replace("CONTAINER", "np.array")},
    "frame": {"train.py": FRAME},
    "list of lists, own module": {"train.py": OWN, "helpers.py": HELPERS},
}


def served(asked):
    """Status and answer of the scoring server for each (folder, body, type), in a process without the sources."""
    done = subprocess.run(
        [sys.executable, "-c", SCORE], input=json.dumps(asked), capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_a_saved_model_answers_its_own_example(run_script):
    """Texts, frames and models with functions of the source's own modules are served from their folder alone."""
    folders = []
    for name, source in SOURCES.items():
        trial = run_script(source, save_model="always", requirements=PINS)
        assert trial.of("saved"), (name, trial.output)
        folders.append(str(trial.paths.model))
    answers = served([(folder, None, JSON) for folder in folders])
    for name, (status, said) in zip(SOURCES, answers, strict=True):
        assert status == 200, (name, said)
        assert len(said["predictions"]) == 5, name
        assert set(said["predictions"]) <= {"good", "bad"}, name


@pytest.mark.slow
def test_a_model_of_arrays_takes_every_form(run_script):
    """CSV and frames, of whole numbers as well, are the array that the model was fitted on; others are an error."""
    trial = run_script({"train.py": OWN, "helpers.py": HELPERS}, save_model="always", requirements=PINS)
    bodies = [
        ("a,b\n1,7\n0,8\n", "text/csv"),
        (json.dumps({"dataframe_split": {"columns": ["x", "y"], "data": [[1.0, 7], [0, 8]]}}), JSON),
        (json.dumps({"dataframe_records": [{"x": 1, "y": 7}, {"x": 0, "y": 8}]}), JSON),
        (json.dumps({"instances": [[1, 7], [0, 8]]}), JSON),
        ("a,b,c\n1,7,2\n", "text/csv"),
        ("a,b\nx,y\n", "text/csv"),
    ]
    answers = served([(str(trial.paths.model), body, kind) for body, kind in bodies])
    assert answers[:4] == [[200, {"predictions": ["good", "bad"]}]] * 4
    assert [status for status, _ in answers[4:]] == [400, 400]
    assert "3 columns" in answers[4][1]["message"]
