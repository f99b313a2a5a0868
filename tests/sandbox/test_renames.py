"""Old names: those of scikit-learn and its company here, in a process of their own; Keras' in its environments."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BOSTON = (
    "ImportError: sklearn.datasets.load_boston is gone: "
    "sklearn.datasets.fetch_california_housing or load_diabetes replaced it"
)


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


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("from sklearn.datasets import load_boston\n", BOSTON),
        (
            "import sklearn.ensemble; sklearn.ensemble.AdaBoostClassifier(algorithm='SAMME.R')\n",
            "TypeError: algorithm='SAMME.R' is gone: AdaBoostClassifier does what 'SAMME' did; leave it out",
        ),
    ],
)
def test_what_is_gone_is_one_line_that_names_its_successor(run_script, script, reason):
    """A script that needs a data set, or a way of fitting, that is gone fails with that line, at its place."""
    (failed,) = run_script(script).of("failed")
    assert (failed["where"], failed["reason"]) == ("train.py:1", reason)


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


def test_ix_of_pandas_is_by_label_and_else_by_place(run_script):
    """Rows of old scripts are read and set by ``.ix``, whole numbers as labels where the index has such."""
    text = """
import pandas as pd
for _, row in pd.DataFrame([['p', 'x'], ['e', 'b']]).iterrows():
    assert row.ix[0] in 'pe' and list(row.ix[1:]) == [row[1]]
table = pd.DataFrame({'a': [1, 2, 3], 'b': [4, 5, 6]}, index=list('xyz'))
assert table.ix[0, 'b'] == 4 and table.ix['y', 'a'] == 2 and list(table.ix[0:2, 0]) == [1, 2]
table.ix['z', 'a'] = 9
assert table.ix[2, 0] == 9
numbered = table.reset_index(drop=True)
assert list(numbered.ix[0:1, 'a']) == [1, 2] and list(numbered.ix[numbered.a > 1, 'b']) == [5, 6]
print('as it was')
"""
    trial = run_script({"train.py": text}, entry="train.py")
    assert "as it was" in trial.output
