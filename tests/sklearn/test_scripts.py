"""Whole trials of scripts in the many styles that people write."""

import pytest
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import KFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

WINE = """
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_wine, make_classification
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV, KFold, RandomizedSearchCV, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC
X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=1)
"""
NOISY = """
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
X, y = make_classification(n_samples=300, n_informative=3, flip_y=0.4, random_state=1)
a, b, c, d = train_test_split(X, y, test_size=0.6, random_state=0)
"""
DIGITS = """
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
X, y = load_digits(return_X_y=True)
clf = SGDClassifier(alpha=100.0, random_state=0)
for _ in range(2):
    for start in range(0, 1400, 200):
        clf.partial_fit(X[start:start + 200], y[start:start + 200], np.unique(y))
"""
STANDARD = {"scaler": "standard"}


def scaled(model=None):
    """The accuracy of the wine script's model behind a scaler, by hand."""
    x_train, x_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), test_size=0.3, random_state=1)
    return accuracy_score(y_test, make_pipeline(StandardScaler(), model or SVC()).fit(x_train, y_train).predict(x_test))


@pytest.mark.parametrize(
    "search",
    [
        'GridSearchCV(SVC(), {"C": [1.0]}, cv=2)',
        'RandomizedSearchCV(SVC(), [{"C": [1.0], "kernel": ["rbf"]}], n_iter=1, cv=2)',
        'GridSearchCV(SVC(), {"C": [1.0]}, scoring=["accuracy", "f1_macro"], refit="accuracy", cv=2)',
    ],
)
def test_a_search_of_the_script_is_tuned_and_reads_as_before(run_script, search):
    """A scaler goes in below the grid; parameters, results and the best estimator keep the script's names."""
    script = WINE + f"s = {search}\ns.fit(X_train, y_train)\nbest = s.best_estimator_\n"
    script += "assert isinstance(best, SVC) and best.support_vectors_.shape[1] == 13\n"
    script += 'print(s.best_params_["C"], "param_C" in s.cv_results_, s.cv_results_["params"][0]["C"], s.estimator)\n'
    script += "print(s.score(X_test, y_test), accuracy_score(y_test, best.predict(X_test)), clone(s))\n"
    trial = run_script(script, role="confirm", tweak=STANDARD, gate=0)
    assert trial.of("fault") == []
    assert "script_error" not in trial.events[-1]
    assert trial.of("evaluated")[0]["value"] == pytest.approx(scaled())
    assert trial.output.split()[:4] == ["1.0", "True", "1.0", "SVC()"]


def test_steps_of_a_pipeline_keep_their_names(run_script):
    """Prefixed parameters, named steps and indices are valid after a scaler was put in, and before a second fit."""
    script = WINE + 'p = Pipeline([("svc", SVC())])\np.set_params(svc__C=2.0).fit(X_train, y_train)\n'
    script += 'print(p.named_steps["svc"].C, p[-1].support_vectors_.shape[1])\np.set_params(svc__C=1.0)\n'
    script += "p.fit(X_train, y_train)\nprint(p[-1].C)\nprint(p.score(X_test, y_test))\n"
    trial = run_script(script, role="confirm", tweak=STANDARD, gate=1)
    assert trial.output.split()[:3] == ["2.0", "13", "1.0"]
    assert trial.of("evaluated")[0]["value"] == pytest.approx(scaled())


def test_a_weight_for_each_row_by_position(run_script):
    """``fit(X, y, weights)`` follows the rows held out, and the estimator behind the scaler gets the weights."""
    script = WINE + "m = SVC()\nm.fit(X_train, y_train, np.ones(len(y_train)))\nprint(m.score(X_test, y_test))\n"
    trial = run_script(script, role="search", tweak=STANDARD, gate=0)
    assert trial.of("evaluated", split="validation")
    assert trial.sealed[0]["rows"] == 54


def test_an_estimator_of_the_scripts_own(run_script):
    """A class that the script derives is found, described, and put behind a scaler."""
    script = WINE + "class Mine(BaseEstimator, ClassifierMixin):\n"
    script += "    def fit(self, X, y):\n        self.m_ = SVC().fit(X, y)\n        return self\n"
    script += "    def predict(self, X):\n        return self.m_.predict(X)\n"
    script += "m = Mine().fit(X_train, y_train)\nprint(m.score(X_test, y_test), m.m_.C)\n"
    trial = run_script(script, role="confirm", tweak=STANDARD, gate=0)
    assert trial.of("described")[0]["estimator"] == "Mine"
    assert trial.of("evaluated")[0]["value"] == pytest.approx(scaled())


@pytest.mark.parametrize("end", ["print(clf.score(X[1400:], y[1400:]))\n", ""])
def test_a_model_that_is_fitted_part_by_part(run_script, end):
    """Every pass holds out the same rows of each part; the score is over all of them."""
    kw = {} if end else {"holdout_fraction": 0.25}
    trial = run_script(DIGITS + end, role="search", tweak={"alpha": 0.001}, gate=0, **kw)
    (validation,) = trial.of("evaluated")
    assert validation["value"] > 0.8
    assert validation["rows"] == pytest.approx((0.2 if end else 0.15) * 2800, rel=0.2)
    assert len(trial.sealed) == 1


def test_the_knobs_of_a_model_that_is_fitted_part_by_part(run_script):
    """What would have to be known before the first part is no knob."""
    (described,) = run_script(DIGITS + "print(clf.score(X[1400:], y[1400:]))").of("described")
    assert described["knobs"] == {"alpha": 100.0, "average": False, "eta0": 0.01, "learning_rate": "optimal"}
    assert (described["rows"], described["models"]) == (2800, 1)


@pytest.mark.parametrize("fit", ["m = clone(base)", "m = base"])
def test_folds_by_hand_are_one_model(run_script, fit):
    """The tweak goes to the model of every fold, and the score is over all rows."""
    script = WINE + f"base = SVC()\nfor tr, te in KFold(3, shuffle=True, random_state=0).split(X):\n    {fit}\n"
    script += "    m.fit(X[tr], y[tr])\n    print(accuracy_score(y[te], m.predict(X[te])))\n"
    trial = run_script(script, role="confirm", tweak=STANDARD, gate=0)
    x, y = load_wine(return_X_y=True)
    hits = 0.0
    for train, test in KFold(3, shuffle=True, random_state=0).split(x):
        model = make_pipeline(StandardScaler(), SVC()).fit(x[train], y[train])
        hits += accuracy_score(y[test], model.predict(x[test]), normalize=False)
    (test,) = trial.of("evaluated")
    assert (test["value"], test["rows"]) == (pytest.approx(hits / len(x)), len(x))
    assert "3 fits" in test["evidence"]
    assert trial.of("described")[0]["models"] == 1


@pytest.mark.parametrize("made", ["m = SVC()", "pass"])
def test_one_function_on_two_data_sets_pools_neither_with_the_other(run_script, made):
    """The folds of each data set count together; those of another one are another model's."""
    script = WINE + "from sklearn.datasets import load_breast_cancer\nm = SVC()\ndef run(X, y):\n"
    script += f"    for tr, te in KFold(3, shuffle=True, random_state=0).split(X):\n        {made}\n"
    script += "        m.fit(X[tr], y[tr])\n        print(accuracy_score(y[te], m.predict(X[te])))\n"
    trial = run_script(script.replace("{made}", made) + "run(*load_breast_cancer(return_X_y=True))\nrun(X, y)\n")
    (described,), (test,) = trial.of("described"), trial.of("evaluated")
    assert (described["models"], described["gate_reason"]) == (2, "the one evaluated last, of 2")
    assert test["rows"] == 178
    assert "3 fits" in test["evidence"]


def test_of_searches_that_are_compared_by_their_score_the_best_counts(run_script):
    """Where the script evaluates nothing else, it goes by `best_score_`, and so does the gate."""
    script = WINE + "from sklearn.model_selection import GridSearchCV\nfrom sklearn.naive_bayes import GaussianNB\n"
    script += "for m, grid in ((SVC(), {'C': [1]}), (GaussianNB(), {}), (SVC(), {'C': [0.01]})):\n"
    script += "    print(GridSearchCV(m, grid, cv=3).fit(X, y).best_score_)\n"
    (described,) = run_script(script).of("described")
    assert described["gate"] == 1
    assert described["gate_reason"] == "the best of 3 by best_score_; none is evaluated on test data"


def test_a_loop_over_settings_counts_the_best(run_script):
    """Models that are compared on the same rows are different ones; the best of them counts, and why is said."""
    script = WINE + "m = SVC()\nfor C in (0.01, 1000.0, 0.02):\n    m.set_params(C=C).fit(X_train, y_train)\n"
    script += "    print(m.score(X_test, y_test))\n"
    (described,) = run_script(script).of("described")
    assert (described["gate"], described["models"]) == (1, 3)
    assert described["gate_reason"] == "the best of 3 that are evaluated on the same test rows"


@pytest.mark.parametrize("made", ["m = SVC()", "pass"])
@pytest.mark.parametrize("drawn", ["", "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)"])
def test_other_columns_of_the_same_rows_are_no_folds(run_script, made, drawn):
    """A loop over columns compares settings, whether the rows are drawn before it or, the same ones, in it."""
    script = WINE + f"m = SVC()\nfor k in (1, 13, 2):\n    {made}\n    {drawn}\n"
    script += "    m.fit(X_train[:, -k:], y_train)\n    print(m.score(X_test[:, -k:], y_test))\n"
    trial = run_script(script)
    (described,), (test,) = trial.of("described"), trial.of("evaluated")
    assert described["models"] == 3
    assert described["gate_reason"] == "the best of 3 that are evaluated on the same test rows"
    assert "fits" not in test["evidence"]


def test_rows_that_were_trained_on_are_left_out(run_script):
    """After a split with a large test part, the score on all rows is that on the test part."""
    trial = run_script(NOISY + "m = DecisionTreeClassifier(random_state=0).fit(a, c)\nprint(m.score(X, y))\n")
    by_test = run_script(NOISY + "m = DecisionTreeClassifier(random_state=0).fit(a, c)\nprint(m.score(b, d))\n")
    whole, part = trial.of("evaluated")[0], by_test.of("evaluated")[0]
    assert (whole["value"], whole["rows"]) == (part["value"], part["rows"])
    assert "without 120 rows that were trained on" in whole["evidence"]


def test_training_rows_scaled_once_more_are_no_test(run_script):
    """A second scaler gives other values; the rows before it are the same ones."""
    script = NOISY + "m = DecisionTreeClassifier(random_state=0).fit(StandardScaler().fit_transform(a), c)\n"
    script += "print(m.score(StandardScaler().fit_transform(a[:100]), c[:100]))\n"
    assert run_script(script).kinds == ["described", "finished"]


@pytest.mark.parametrize("metric", ["r2", "rmse", "mae", "accuracy"])
def test_a_regression_is_measured(run_script, metric):
    """By the metric asked for; by R² where that is none of a regression's."""
    script = "from sklearn.datasets import load_diabetes\nfrom sklearn.linear_model import Ridge\n"
    script += (
        "X, y = load_diabetes(return_X_y=True)\nm = Ridge().fit(X[:300], y[:300])\nprint(m.score(X[300:], y[300:]))\n"
    )
    trial = run_script(script, metric=metric)
    (test,) = trial.of("evaluated")
    assert test["metric"] == ("r2" if metric == "accuracy" else metric)
    assert test["interval"][0] <= test["value"] <= test["interval"][1]
    r2 = test["value"] if test["metric"] == "r2" else test["also"]["r2"]
    assert str(r2)[:8] in trial.output
    assert trial.of("described")[0]["knobs"]["alpha"] == 1.0


def test_a_regression_is_tuned(run_script):
    """A support vector regression on unscaled features behind a scaler, validated by the metric asked for."""
    script = "from sklearn.datasets import load_diabetes\nfrom sklearn.svm import SVR\n"
    script += "X, y = load_diabetes(return_X_y=True)\nm = SVR().fit(1000 * X[:300], y[:300])\n"
    script += "print(m.score(1000 * X[300:], y[300:]))\n"
    trial = run_script(script, role="search", tweak={"scaler": "standard", "C": 100.0}, metric="rmse", gate=0)
    assert trial.of("evaluated")[0]["metric"] == "rmse"
    assert trial.sealed[0]["value"] < 70


def test_a_model_read_back_from_a_file_is_the_same_one(run_script):
    """Pickled and loaded, it is measured as the model that was fitted."""
    script = WINE + "import joblib\njoblib.dump(SVC().fit(X_train, y_train), 'm')\nback = joblib.load('m')\n"
    script += "print(accuracy_score(y_test, back.predict(X_test)))\n"
    assert run_script(script).of("evaluated")[0]["rows"] == 54
    trial = run_script(script, role="confirm", tweak=STANDARD, gate=0)
    assert trial.of("evaluated")[0]["value"] == pytest.approx(scaled())


def test_probabilities_stand_for_labels(run_script):
    """A script that only looks at probabilities is measured by the labels that they give."""
    script = WINE + "from sklearn.linear_model import LogisticRegression\nfrom sklearn.metrics import roc_auc_score\n"
    script += "m = LogisticRegression(max_iter=9000).fit(X_train, y_train)\n"
    script += "print(roc_auc_score(y_test, m.predict_proba(X_test), multi_class='ovr'))\n"
    (test,) = run_script(script).of("evaluated")
    x_train, x_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), test_size=0.3, random_state=1)
    by_hand = LogisticRegression(max_iter=9000).fit(x_train, y_train).predict(x_test)
    assert test["value"] == pytest.approx(accuracy_score(y_test, by_hand))


def test_looking_at_a_model_is_no_evaluation(run_script):
    """Curves and importances fit copies, or predict altered rows; the script's own score stays the score."""
    script = WINE + "from sklearn.inspection import permutation_importance\n"
    script += "from sklearn.model_selection import learning_curve\n"
    script += "m = SVC().fit(X_train, y_train)\nprint(m.score(X_test, y_test))\n"
    script += "permutation_importance(m, X_test, y_test, n_repeats=1)\nlearning_curve(SVC(), X, y, cv=2)\n"
    trial = run_script(script)
    assert str(trial.of("evaluated")[0]["value"])[:8] in trial.output
    assert trial.of("described")[0]["models"] == 1


def test_a_clustering_is_described(run_script):
    """It was trained, and there is nothing to measure it against."""
    script = "from sklearn.cluster import KMeans\nfrom sklearn.datasets import load_iris\n"
    (described,) = run_script(script + "KMeans(3, n_init=1).fit(load_iris().data)\n").of("described")
    assert (described["task"], described["estimator"], described["rows"]) == ("clustering", "KMeans", 150)


def test_words_in_a_row(run_script):
    """The vectorizer of a text pipeline has a knob of its own."""
    script = "from sklearn.feature_extraction.text import CountVectorizer\n"
    script += "from sklearn.linear_model import LogisticRegression\nfrom sklearn.pipeline import make_pipeline\n"
    script += "X, y = ['not good', 'very good', 'not bad', 'very bad'] * 20, [0, 1, 1, 0] * 20\n"
    script += "p = make_pipeline(CountVectorizer(), LogisticRegression()).fit(X[:40], y[:40])\n"
    script += "print(p.score([t + ' !' for t in X[40:]], y[40:]))\n"
    trial = run_script(script, role="confirm", tweak={"ngram_range": "1,2"}, gate=0)
    assert trial.of("evaluated")[0]["value"] == 1.0
    assert trial.of("described")[0]["estimator"] == "CountVectorizer > LogisticRegression"


PLAIN = {
    "tree": "from sklearn.tree import DecisionTreeClassifier as M\nm = M(max_depth=2).fit(X_train, y_train)",
    "forest": "from sklearn.ensemble import RandomForestClassifier as M\nm = M(5).fit(X_train, y_train)",
    "mlp": "from sklearn.neural_network import MLPClassifier as M\nm = M((5,), max_iter=20).fit(X_train, y_train)",
    "sgd": "from sklearn.linear_model import SGDClassifier as M\nm = M().fit(X_train, y_train)",
    "bagging": "from sklearn.ensemble import BaggingClassifier as M\nm = M(SVC(), 3).fit(X_train, y_train)",
    "boosting": "from sklearn.ensemble import GradientBoostingClassifier as M\n"
    "m = M(n_estimators=3, subsample=0.5).fit(X_train, y_train)",
    "search": 'm = RandomizedSearchCV(SVC(), {"C": [0.1, 1, 10, 50]}, n_iter=2, cv=2).fit(X_train, y_train)',
    "pca": "from sklearn.decomposition import PCA\nm = make_pipeline(PCA(2, svd_solver='randomized'), SVC())\n"
    "m.fit(X_train, y_train)",
    "shuffled": "i = np.random.permutation(len(X_train))[:60]\nm = SVC().fit(X_train[i], y_train[i])",
    "split": "X_train, X_test, y_train, y_test = train_test_split(X, y)\nm = SVC().fit(X_train, y_train)",
    "parts": "from sklearn.linear_model import SGDClassifier as M\nm = M()\n"
    "for _ in range(3):\n    i = np.random.permutation(len(X_train))\n"
    "    m.partial_fit(X_train[i], y_train[i], [0, 1, 2])",
}


@pytest.mark.parametrize("style", PLAIN)
def test_the_empty_tweak_is_the_script_bit_for_bit(run_script, run_plain, style):
    """Random numbers included: what the plain script prints is what the baseline measures."""
    script = WINE + PLAIN[style] + "\nprint('result', repr(float(m.score(X_test, y_test))), np.random.random())\n"
    plain = run_plain(script).split("result")[1]
    trial = run_script(script)
    assert trial.output.split("result")[1] == plain
    assert trial.of("evaluated")[0]["value"] == float(plain.split()[0])


def test_a_refused_tweak_fails_its_trial_also_where_the_script_goes_on(run_script):
    """Where a script catches whatever its fit raises, the tweak is to blame, not the script."""
    script = (
        "from sklearn.datasets import load_iris\nfrom sklearn.svm import SVC\nX, y = load_iris(return_X_y=True)\n"
        "model = SVC()\ntry:\n    model.fit(X, y)\nexcept Exception:\n    print('no model today')\n"
    )
    trial = run_script(script, role="search", tweak={"C": -1.0}, gate=0)
    (failed,) = trial.of("failed")
    assert failed["kind"] == "trial"
    assert not trial.of("finished")
