"""Old names: those of scikit-learn and its company here, in a process of their own; Keras' in its environments."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_row_for_scikit_learn_holds(tmp_path):
    """Each old name is there, or says what replaced it; what worked before is left alone."""
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("rows_tried.py"), "sklearn", tmp_path],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert (done.stdout, done.returncode) == ("", 0), done.stderr


def test_a_removed_data_set_is_one_line_that_names_its_successor(run_script):
    """A script that needs one fails with that line, at its place."""
    ran = run_script("from sklearn.datasets import load_boston\n")
    failed = ran.of("failed")[0]
    assert failed["where"] == "train.py:1"
    assert failed["reason"] == (
        "ImportError: sklearn.datasets.load_boston is gone: "
        "sklearn.datasets.fetch_california_housing or load_diabetes replaced it"
    )


def test_an_argument_that_asks_for_what_is_gone_says_what_replaced_it(run_script):
    """Values that mean what is done anyway are let go; of others the line names the way out."""
    ran = run_script("from sklearn.ensemble import AdaBoostClassifier\nAdaBoostClassifier(algorithm='SAMME.R')\n")
    failed = ran.of("failed")[0]
    assert failed["where"] == "train.py:2"
    assert failed["reason"] == (
        "TypeError: algorithm='SAMME.R' is gone: AdaBoostClassifier does what 'SAMME' did; leave it out"
    )


def test_a_script_of_2016_is_measured(run_script):
    """Old modules, old arguments, old numbers: trained, and its test score found."""
    ran = run_script("""
import numpy as np
from sklearn.cross_validation import train_test_split
from sklearn.datasets import load_iris
from sklearn.ensemble.forest import RandomForestClassifier
from sklearn.externals import joblib
iris = load_iris()
X = iris.data.astype(np.float)
a, b, c, d = train_test_split(X, iris.target, random_state=0)
model = RandomForestClassifier(n_estimators=5, max_features='auto', random_state=0)
model.fit(a, c)
print(model.score(b, d))
joblib.dump(model, 'model.pkl')
""")
    assert ran.kinds[-1] == "finished"
    assert ran.of("evaluated", split="test")[0]["value"] > 0.9
