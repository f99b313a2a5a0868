"""Whole trials of scikit-learn scripts, run as a sandbox runs them."""

import re

import pytest
from sklearn.datasets import load_wine
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

LOAD = """
from sklearn.datasets import load_wine
from sklearn.metrics import accuracy_score
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.decomposition import PCA
from sklearn.svm import SVC
X, y = load_wine(return_X_y=True)
"""
SPLIT = LOAD + "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=1)\n"
WEAK = SPLIT + "clf = SVC()\nclf.fit(X_train, y_train)\n"
SCRIPT = WEAK + 'print("accuracy:", accuracy_score(y_test, clf.predict(X_test)))\n'
TRAINING_ONLY = LOAD + "clf = SVC().fit(X, y)\nprint(clf.score(X, y), accuracy_score(y, clf.predict(X)))\n"
SCALED = {"scaler": "standard", "C": 10.0}
ROWS, TEST_ROWS = 178, 54
PINS = ("mlflow==3.17.2", "scikit-learn==1.5.0")


def by_hand(model):
    """The accuracy of a model as a person would measure it with the script's split."""
    x, y = load_wine(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=1)
    return accuracy_score(y_test, model.fit(x_train, y_train).predict(x_test))


@pytest.mark.parametrize(
    "end",
    [
        "print(accuracy_score(y_test, clf.predict(X_test)))",
        "print(accuracy_score(clf.predict(X_test), y_test))",
        "print(clf.score(X_test, y_test))",
        "print((clf.predict(X_test) == y_test).mean())",
        "from sklearn import metrics\nprint(metrics.accuracy_score(y_true=y_test, y_pred=clf.predict(X_test)))",
        "from sklearn.metrics import classification_report\nprint(classification_report(y_test, clf.predict(X_test)))",
        "print(clf.score(X_train, y_train), clf.score(X_test, y_test), clf.score(X_train[:20], y_train[:20]))",
    ],
)
def test_the_baseline_is_the_script_as_written(run_script, end):
    """However the script looks at its test rows, the baseline's score is the plain script's accuracy."""
    trial = run_script(WEAK + end)
    assert trial.kinds == ["evaluated", "described", "finished"]
    (test,) = trial.of("evaluated")
    assert test["split"] == "test"
    assert test["value"] == pytest.approx(by_hand(SVC()))
    assert test["rows"] == TEST_ROWS


def test_the_baseline_describes_model_and_data(run_script):
    """Knobs with their written values, the place of the fit, and the data's size and classes."""
    trial = run_script(SCRIPT)
    (described,) = trial.of("described")
    assert described["where"] == "train.py:11"
    assert described["knobs"] == {"scaler": "none", "C": 1.0, "gamma": "scale", "kernel": "rbf", "class_weight": None}
    assert (described["rows"], described["input_shape"], described["classes"]) == (ROWS - TEST_ROWS, [13], 3)
    assert (described["gate"], described["models"], described["task"]) == (0, 1, "classification")
    assert float(re.findall(r"accuracy: (\S+)", trial.output)[0]) == pytest.approx(by_hand(SVC()))
    assert not trial.paths.work.exists()


def test_a_search_trial_validates_and_seals(run_script):
    """The validation score is in the journal, from training rows; the test score only in the sealed file."""
    trial = run_script(SCRIPT, role="search", tweak=SCALED, gate=0)
    assert trial.kinds == ["evaluated", "finished"]
    (validation,) = trial.of("evaluated", split="validation")
    assert validation["rows"] == round(0.2 * (ROWS - TEST_ROWS))
    assert [(event["split"], event["rows"]) for event in trial.sealed] == [("test", TEST_ROWS)]


def test_cross_validation_scores_every_training_row(run_script):
    """With folds, each training row is predicted once by a model that has not seen it."""
    trial = run_script(SCRIPT, role="search", tweak=SCALED, gate=0, folds=5)
    (validation,) = trial.of("evaluated", split="validation")
    assert validation["rows"] == ROWS - TEST_ROWS
    assert validation["value"] > by_hand(SVC())
    assert "5-fold" in validation["evidence"]


def test_twins_do_not_steer(run_script):
    """Rows that stand twice in a table are validated together: random labels stay at chance."""
    doubled = "import numpy as np\nX = np.random.default_rng(0).normal(size=(150, 4))\n"
    doubled += "y = np.random.default_rng(1).integers(0, 2, 150)\nX, y = np.vstack([X, X]), np.append(y, y)\n"
    fit = "from sklearn.neighbors import KNeighborsClassifier\nclf = KNeighborsClassifier(5).fit(X, y)\n"
    for folds in (1, 5):
        trial = run_script(doubled + fit, role="search", tweak={"n_neighbors": 1}, gate=0, folds=folds)
        assert trial.of("evaluated", split="validation")[0]["value"] < 0.7


def test_a_search_trial_computes_on_one_thread(run_script):
    """BLAS threads that wait for each other cost small fits most; the baseline has them as the machine gives them."""
    script = "import threadpoolctl\nprint([i['num_threads'] for i in threadpoolctl.threadpool_info()"
    script = SCRIPT + script + " if i['user_api'] == 'blas'])\n"
    trial = run_script(script, role="search", tweak=SCALED, gate=0)
    assert set(trial.output.splitlines()[-1].strip("[]").split(", ")) == {"1"}


@pytest.mark.parametrize("folds", [1, 5])
def test_confirming_is_what_a_person_would_write(run_script, folds):
    """The confirming trial's test score is the hand-written pipeline's, on all training rows."""
    trial = run_script(SCRIPT, role="confirm", tweak=SCALED, gate=0, folds=folds)
    (test,) = trial.of("evaluated")
    assert test["split"] == "test"
    assert test["value"] == pytest.approx(by_hand(make_pipeline(StandardScaler(), SVC(C=10.0))))
    assert trial.of("described")[0]["rows"] == ROWS - TEST_ROWS
    assert str(test["value"])[:6] in trial.output


def test_a_script_that_looks_only_at_its_training_data_has_no_test(run_script):
    """Scores on the rows of the fit are no measurement; the script is finished all the same."""
    trial = run_script(TRAINING_ONLY)
    assert trial.kinds == ["described", "finished"]


@pytest.mark.parametrize("role", ["baseline", "confirm"])
def test_rows_set_aside_measure_a_script_without_a_test(run_script, role):
    """With a hold-out, the test score is on the rows set aside and on no row that was trained on."""
    tweak = {} if role == "baseline" else SCALED
    trial = run_script(TRAINING_ONLY, role=role, tweak=tweak, gate=0, holdout_fraction=0.25)
    (test,) = trial.of("evaluated")
    assert (test["split"], test["rows"]) == ("test", round(0.25 * ROWS))
    assert "set aside" in test["evidence"]
    assert trial.of("described")[0]["rows"] == ROWS - round(0.25 * ROWS)


def test_rows_set_aside_that_a_fault_let_in_measure_nothing(run_script):
    """A fit that ran without its wrapper was on all rows: what the rows set aside would say is not told."""
    broken = "import sys\nsys.modules['mlprojects.sklearn.fit'].without_holdout = None\n"
    trial = run_script(broken + TRAINING_ONLY, gate=0, holdout_fraction=0.25)
    assert "may have been trained on" in trial.of("failed", kind="platform")[0]["reason"]
    assert trial.of("evaluated") == []


def test_rows_set_aside_take_no_part_in_the_search(run_script):
    """Validation rows of a search trial come from what is left after the hold-out."""
    trial = run_script(TRAINING_ONLY, role="search", tweak=SCALED, gate=0, holdout_fraction=0.25, folds=5)
    (validation,) = trial.of("evaluated")
    assert (validation["split"], validation["rows"]) == ("validation", ROWS - round(0.25 * ROWS))
    assert [event["rows"] for event in trial.sealed] == [round(0.25 * ROWS)]


def test_a_pipeline_fitted_twice(run_script):
    """A script that fits its Pipeline again, for example on each fold of its own, can be tuned with a scaler."""
    script = SPLIT + "clf = make_pipeline(PCA(3), SVC())\nfor _ in range(2):\n    clf.fit(X_train, y_train)\n"
    trial = run_script(script + "print(clf.score(X_test, y_test))", role="confirm", tweak=SCALED, gate=0)
    (test,) = trial.of("evaluated")
    assert test["value"] == pytest.approx(by_hand(make_pipeline(StandardScaler(), *_steps())))


def _steps():
    """The steps of the script's Pipeline, tuned."""
    from sklearn.decomposition import PCA

    return PCA(3), SVC(C=10.0)


def test_a_model_fitted_twice(run_script):
    """A plain model that is fitted again is tuned again, once."""
    script = WEAK + "clf.fit(X_train, y_train)\nprint(clf.score(X_test, y_test))"
    trial = run_script(script, role="confirm", tweak=SCALED, gate=0)
    (test,) = trial.of("evaluated")
    assert test["value"] == pytest.approx(by_hand(make_pipeline(StandardScaler(), SVC(C=10.0))))


def test_only_the_gated_model_is_tuned(run_script):
    """Of two models, the one evaluated last counts; the other keeps its parameters."""
    script = SPLIT + "a = SVC(C=2.0).fit(X_train, y_train)\nb = SVC(C=3.0).fit(X_train, y_train)\n"
    script += "print(b.score(X_test, y_test), a.C, b.C)\n"
    assert run_script(script).of("described")[0]["gate"] == 1


def test_the_other_model_keeps_its_parameters(run_script):
    """A tweak for the second model changes nothing of the first."""
    script = SPLIT + "a = SVC(C=2.0).fit(X_train, y_train)\nb = SVC(C=3.0).fit(X_train, y_train)\n"
    script += "b.score(X_test, y_test)\nprint(a.C, b.C)\n"
    assert run_script(script, role="confirm", tweak={"C": 50.0}, gate=1).output.split() == ["2.0", "50.0"]


def test_labels_in_words_and_a_frame(run_script):
    """A frame with named columns and text labels is described, validated and sealed."""
    script = LOAD.replace("load_wine(return_X_y=True)", "load_wine(return_X_y=True, as_frame=True)")
    script += "y = y.map({0: 'a', 1: 'b', 2: 'c'})\n" + SPLIT.removeprefix(LOAD)
    script += "clf = SVC().fit(X_train, y_train)\nprint(clf.score(X_test, y_test))\n"
    trial = run_script(script, role="search", tweak=SCALED, gate=0, folds=3)
    assert trial.of("evaluated")[0]["confusion"]["labels"] == ["a", "b", "c"]
    assert trial.sealed[0]["value"] == pytest.approx(by_hand(make_pipeline(StandardScaler(), SVC(C=10.0))))


@pytest.mark.parametrize(
    ("line", "reason", "where"),
    [
        ("raise ValueError('no data\\nmore')", "ValueError: no data", "train.py:1"),
        ("import helper", "ZeroDivisionError", "helper.py:2"),
        ("x = (", "SyntaxError", "train.py:1"),
        ("open('nowhere.csv')", "put the file into the source", "train.py:1"),
        ("open('out/model.pkl', 'wb')", "Git keeps no empty folder", "train.py:1"),
        ("import joblib; joblib.dump(1, 'out/m.pkl', compress=3)", "Git keeps no empty folder", "train.py:1"),
        ("import sys; sys.exit('bad')", "left with: bad", "train.py:1"),
        ("import sys; print('Usage: go FILE'); sys.exit(1)", "give them under argv: in autotweak.yaml", "train.py:1"),
    ],
)
def test_a_script_that_fails_before_it_trains(run_script, line, reason, where):
    """It is the source's failure, with the file and the line of the script."""
    trial = run_script({"train.py": line, "helper.py": "\n1 / 0\n"})
    assert trial.kinds == ["failed"]
    (failed,) = trial.of("failed")
    assert failed["kind"] == "source"
    assert reason in failed["reason"]
    assert "\n" not in failed["reason"]
    assert failed["where"] == where


def test_a_script_that_fails_after_it_trained(run_script):
    """What it measured counts, and its error is reported with the last line."""
    trial = run_script(SCRIPT + "plot()\n")
    assert trial.kinds[-1] == "finished"
    error = trial.events[-1]["script_error"]
    assert (error["where"], error["kind"]) == ("train.py:13", "source")
    assert "plot" in error["reason"]
    assert trial.of("evaluated")[0]["rows"] == TEST_ROWS


def test_a_script_that_trains_nothing(run_script):
    """It ran, and there is nothing to tune."""
    (failed,) = run_script("print('hello')").of("failed")
    assert (failed["kind"], failed["where"]) == ("source", "train.py")
    assert "fitted no supervised model" in failed["reason"]


def test_a_script_that_trains_in_processes_of_its_own(run_script):
    """What they fitted is gone with them, and that is said."""
    script = """
from multiprocessing import Pool
from sklearn.datasets import load_wine
from sklearn.svm import SVC
X, y = load_wine(return_X_y=True)
def score(seed):
    return SVC(random_state=seed).fit(X[::2], y[::2]).score(X[1::2], y[1::2])
with Pool(2) as pool:
    print(pool.map(score, range(2)))
"""
    (failed,) = run_script(script).of("failed")
    assert "processes of its own" in failed["reason"]


def test_a_tweak_that_does_not_fit_is_the_trials_failure(run_script):
    """Neither source nor platform is to blame when the estimator refuses a value."""
    (failed,) = run_script(SCRIPT, role="search", tweak={"C": -1.0}, gate=0).of("failed")
    assert failed["kind"] == "trial"
    assert "C" in failed["reason"]


def test_a_model_is_saved_when_asked_for(run_script):
    """The confirming trial leaves the tuned model in MLflow format, which predicts on raw rows."""
    import mlflow.pyfunc

    trial = run_script(SCRIPT, role="confirm", tweak=SCALED, gate=0, save_model="always", requirements=PINS)
    assert "saved" in trial.kinds
    x, y = load_wine(return_X_y=True)
    predicted = mlflow.pyfunc.load_model(str(trial.paths.model)).predict(x)
    train = train_test_split(x, y, test_size=0.3, random_state=1)
    written = make_pipeline(StandardScaler(), SVC(C=10.0)).fit(train[0], train[2])
    assert (predicted == written.predict(x)).all()
    assert (trial.paths.model / "requirements.txt").read_text().split() == list(PINS)


def test_a_weak_baseline_saves_no_model(run_script):
    """A model that may not be registered is not written."""
    trial = run_script(SCRIPT, save_model="if_reached", target=0.99)
    assert "saved" not in trial.kinds
    assert not trial.paths.model.exists()


def test_the_script_sees_arguments_files_and_modules_of_its_own(run_script):
    """Arguments, working folder, local modules and data are as if the script were run by hand."""
    files = {
        "src/train.py": "import sys, helper, pathlib\n"
        "assert __name__ == '__main__'\n"
        "print(sys.argv[1:], helper.NAME, pathlib.Path('data/a.txt').read_text(), sys.stdin.read() == '')\n"
        "pathlib.Path('data/new.txt').write_text('x')\n",
        "src/helper.py": "NAME = 'mine'\n",
        "data/a.txt": "text",
    }
    trial = run_script(files, entry="src/train.py", argv=("--a", "1"))
    assert trial.output.split("\n")[0] == "['--a', '1'] mine text True"
    assert not (trial.paths.root.parents[1] / "source" / "data" / "new.txt").exists()


def test_the_seed_is_set(run_script):
    """Random numbers of a script follow the trial's seed."""
    script = "import random, numpy\nprint(random.random(), numpy.random.random())\n"
    import random

    trial = run_script(script, seed=7)
    assert trial.output.split()[0] == str(random.Random(7).random())


def test_a_regression_is_described_as_one(run_script):
    """A model that predicts numbers is found and said to be no classifier."""
    script = "from sklearn.datasets import load_diabetes\nfrom sklearn.linear_model import Ridge\n"
    trial = run_script(script + "Ridge().fit(*load_diabetes(return_X_y=True))\n")
    (described,) = trial.of("described")
    assert (described["task"], described["classes"]) == ("regression", None)


@pytest.mark.parametrize(
    "data",
    [
        "X, y = [t.split() for t in ['good film', 'bad', 'good', 'bad film'] * 10], ['p', 'n'] * 20",
        "X, y = ['good film', 'bad', 'good', 'bad film'] * 10, ['p', 'n'] * 20",
    ],
)
def test_text_classifiers_are_described(run_script, data):
    """Texts, and documents that are lists of tokens, are data like any other."""
    script = "from sklearn.feature_extraction.text import CountVectorizer\n"
    script += "from sklearn.naive_bayes import MultinomialNB\nfrom sklearn.pipeline import make_pipeline\n"
    script += data + "\nmodel = make_pipeline(CountVectorizer(analyzer=list), MultinomialNB())\n"
    script += "model.fit(X[:30], y[:30])\nprint(model.score(X[30:], y[30:]))\n"
    trial = run_script(script)
    assert trial.of("failed") == []
    assert trial.of("described")[0]["rows"] == 30
