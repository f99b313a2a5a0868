"""Which knobs an estimator has, and tuned clones of it."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.stats import uniform
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    PowerTransformer,
    StandardScaler,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from mlprojects.contract.knobs import SCALERS
from mlprojects.sandbox.session import TweakError
from mlprojects.sklearn.estimators import STEP, describe, final_estimator, tuned

X, Y = load_wine(return_X_y=True)
TEXTS = ["good film", "bad film", "good", "bad"] * 5


def knobs(model, x=X, estimators=()):
    """The knobs that are found."""
    return describe(model, x, estimators)["knobs"]


def test_a_support_vector_machine():
    """Its own knobs with their values, and every scaler."""
    found = describe(SVC(C=2.0, kernel="poly"), X, ())
    assert found["estimator"] == "SVC"
    assert found["knobs"] == {"scaler": "none", "C": 2.0, "kernel": "poly", "gamma": "scale", "class_weight": None}
    assert found["choices"] == {"scaler": list(SCALERS)}
    assert found["alternatives"] == {}
    assert "SVC(" in found["summary"]


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeClassifier(),
        RandomForestClassifier(),
        HistGradientBoostingClassifier(),
        AdaBoostClassifier(),
        make_pipeline(PCA(2), RandomForestClassifier()),
    ],
    ids=lambda model: type(model).__name__,
)
def test_trees_have_no_scaler(model):
    """A monotone change of a feature changes no split of a tree."""
    found = describe(model, X, ())
    assert "scaler" not in found["knobs"]
    assert "scaler" not in found["choices"]
    assert found["knobs"]


def test_a_pipeline_is_its_last_step():
    """A Pipeline without a scaler has its last estimator's knobs and a scaler; with one, only the former."""
    own = {"C": 3.0, "max_iter": 100, "class_weight": None}
    without = make_pipeline(FunctionTransformer(), LogisticRegression(C=3.0))
    assert knobs(without) == {"scaler": "none", **own}
    assert describe(without, X, ())["estimator"] == "LogisticRegression"
    assert knobs(make_pipeline(StandardScaler(), LogisticRegression(C=3.0))) == own
    nested = Pipeline([("front", make_pipeline(MinMaxScaler())), ("end", make_pipeline(Nystroem(), SVC()))])
    assert knobs(nested) == {"C": 1.0, "gamma": "scale", "kernel": "rbf", "class_weight": None}
    assert isinstance(final_estimator(nested), SVC)


def test_sparse_data_is_scaled_without_a_shift():
    """Subtracting a mean would fill a sparse matrix, so only the largest value may divide it."""
    assert describe(SVC(), sparse.csr_matrix(X), ())["choices"] == {"scaler": ["none", "maxabs"]}


def test_counts_stay_non_negative():
    """A multinomial model is offered only scalers that keep zero or more."""
    found = describe(MultinomialNB(), X, ())
    assert found["choices"] == {"scaler": ["none", "minmax", "maxabs"]}
    assert found["knobs"]["alpha"] == 1.0


def test_scaled_data_needs_no_scaler():
    """Where the script has scaled already, or the data came so, there is no such knob."""
    assert "scaler" not in knobs(SVC(), StandardScaler().fit_transform(X))
    assert "scaler" not in knobs(KNeighborsClassifier(), X / X.max())


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(ColumnTransformer([("numbers", StandardScaler(), [0, 1])]), SVC()),
        make_pipeline(FeatureUnion([("a", make_pipeline(PowerTransformer(), PCA(2)))]), SVC()),
        GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [1.0]}),
        BaggingClassifier(make_pipeline(MinMaxScaler(), KNeighborsClassifier())),
    ],
)
def test_a_scaler_anywhere_inside_is_a_scaler(model):
    """In a ColumnTransformer, a FeatureUnion, below a grid or a wrapper."""
    assert "scaler" not in knobs(model)


def test_an_estimator_in_another_is_turned():
    """The outer one has what both have; an estimator that a grid replaces has no knobs."""
    bagging = BaggingClassifier(KNeighborsClassifier(3), n_estimators=7)
    found = describe(bagging, X, ())
    assert found["estimator"] == "BaggingClassifier > KNeighborsClassifier"
    assert (found["knobs"]["n_estimators"], found["knobs"]["n_neighbors"]) == (7, 3)
    assert tuned(bagging, X, {"n_neighbors": 9}).estimator.n_neighbors == 9
    grid = GridSearchCV(make_pipeline(PCA(2), SVC()), {"svc__C": [1.0], "pca__n_components": [2]})
    assert [name for name, _ in tuned(grid, X, {"scaler": "robust"}).estimator.steps] == [STEP, "pca", "svc"]
    replaced = GridSearchCV(make_pipeline(PCA(2), SVC()), {"svc": [SVC(), LogisticRegression()]})
    assert knobs(replaced) == {"scaler": "none", "n_components": 2}


def test_columns_by_name_are_scaled_after_they_are_chosen():
    """A scaler in front would take the names away; what comes out may be sparse, so there is no shift."""
    frame = pd.DataFrame({"a": [1.0, 900.0, 5.0, 7.0], "b": list("xyxy")})
    model = make_pipeline(ColumnTransformer([("b", OneHotEncoder(), ["b"])], remainder="passthrough"), SVC())
    assert describe(model, frame, ())["choices"] == {"scaler": ["none", "standard", "maxabs"]}
    result = tuned(model, frame, {"scaler": "standard"})
    assert [name for name, _ in result.steps] == ["columntransformer", STEP, "svc"]
    assert result.fit(frame, [0, 1, 0, 1]).score(frame, [0, 1, 0, 1]) == 1.0


@pytest.mark.parametrize("table", [pd.DataFrame({"a": [1.0, 900.0], "b": ["x", "y"]}), TEXTS])
def test_words_are_not_scaled(table):
    """A plain estimator on data with texts has no scaler."""
    assert "scaler" not in knobs(SVC(), table)


def test_a_frame_of_numbers_is_scaled():
    """A frame whose columns are all numbers is as good as an array."""
    assert "scaler" in knobs(SVC(), pd.DataFrame(X))


@pytest.mark.parametrize(
    ("documents", "vectorizer"),
    [(TEXTS, TfidfVectorizer()), ([t.split() for t in TEXTS], CountVectorizer(analyzer=list))],
    ids=["texts", "tokens"],
)
def test_text_in_a_pipeline_is_scaled_behind_its_vectorizer(documents, vectorizer):
    """Words become numbers along the way; the scaler stands behind that, also for lists of tokens."""
    model = make_pipeline(vectorizer, LogisticRegression())
    assert describe(model, documents, ())["choices"] == {"scaler": ["none", "maxabs"]}
    result = tuned(model, documents, {"scaler": "maxabs", "C": 5.0}).fit(documents, [0, 1, 0, 1] * 5)
    assert [name for name, _ in result.steps][1:] == [STEP, "logisticregression"]
    assert result.score(documents, [0, 1, 0, 1] * 5) == 1.0


def test_a_grid_search_is_tuned_through():
    """A scaler stands in front of the inner estimator, below the grid, and what is no knob is refused by name."""
    model = GridSearchCV(SVC(), {"C": [1, 10]}, cv=2)
    found = describe(model, X, ("LogisticRegression",))
    assert found["estimator"] == "GridSearchCV > SVC"
    assert found["knobs"] == {"scaler": "none", "C": 1.0, "gamma": "scale", "kernel": "rbf", "class_weight": None}
    assert found["alternatives"] == {}
    result = tuned(model, X, {"scaler": "standard", "kernel": "linear"}).fit(X, Y)
    assert result.param_grid == {"svc__C": [1, 10]}
    assert result.best_estimator_.steps[-1][1].kernel == "linear"
    assert result.score(X, Y) > 0.95
    with pytest.raises(TweakError, match="no parameter alpha to turn"):
        tuned(model, X, {"alpha": 5.0})


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (GridSearchCV(SVC(), {"C": [1e-6, 1e-5], "gamma": [0.1]}), {"C": [9.0, 9.0], "gamma": [0.1]}),
        (GridSearchCV(SVC(), [{"C": [1e-6]}, {"gamma": [0.1]}]), [{"C": [9.0]}, {"gamma": [0.1]}]),
        (RandomizedSearchCV(SVC(), {"C": uniform(0, 1e-6)}, n_iter=2, random_state=0), {"C": [9.0]}),
    ],
)
def test_a_tweak_takes_the_place_of_what_a_grid_tries(model, expected):
    """It stands as often as values stood there; as written it is what the search chose."""
    result = tuned(model, X, {"C": 9.0})
    assert (result.param_grid if hasattr(result, "param_grid") else result.param_distributions) == expected
    assert result.fit(X, Y).score(X, Y) > result.estimator.fit(X, Y).score(X, Y) - 0.2
    best = model.fit(X, Y).best_params_
    assert knobs(model)["C"] == best.get("C", 1.0)
    behind = tuned(Pipeline([("search", model)]), X, {"C": 9.0, "scaler": "standard"}).fit(X, Y)
    assert behind.named_steps["search"].best_params_.get("C", 9.0) == 9.0


def test_the_estimators_of_an_ensemble_have_knobs_by_their_names():
    """Those of a voting or a stacking model, nested in a Pipeline too, and the model that has the last word."""
    voting = VotingClassifier([("lr", LogisticRegression()), ("svm", make_pipeline(SVC(C=2.0))), ("off", "drop")])
    found = describe(voting, X, ())
    assert found["estimator"] == "lr:LogisticRegression > svm:SVC > VotingClassifier"
    assert (found["knobs"]["lr__C"], found["knobs"]["svm__C"], found["knobs"]["scaler"]) == (1.0, 2.0, "none")
    assert "voting" not in found["knobs"]  # the SVC gives no probabilities
    result = tuned(voting, X, {"scaler": "standard", "svm__C": 7.0, "lr__max_iter": 500})
    inner = result.steps[-1][1]
    assert (inner.estimators[1][1].steps[-1][1].C, inner.estimators[0][1].max_iter) == (7.0, 500)
    assert result.fit(X, Y).score(X, Y) > 0.95
    stack = StackingClassifier([("t", DecisionTreeClassifier(max_depth=1))], final_estimator=LogisticRegression())
    found = describe(stack, X, ())["knobs"]
    assert {"t__max_depth", "final_estimator__C", "passthrough"} <= set(found)
    assert "scaler" not in found
    grown = tuned(stack, X, {"t__max_depth": None, "final_estimator__C": 5.0})
    assert (grown.estimators[0][1].max_depth, grown.final_estimator.C) == (None, 5.0)
    assert describe(VotingClassifier([("a", GaussianNB()), ("b", GaussianNB())]), X, ())["knobs"]["voting"] == "hard"


def test_an_ensemble_is_scaled_where_one_of_its_estimators_gains_by_it():
    """Trees do not, nor do estimators that stand behind a scaler of their own."""
    trees = [("a", DecisionTreeClassifier()), ("b", make_pipeline(StandardScaler(), SVC()))]
    assert "scaler" not in knobs(VotingClassifier(trees))
    assert "scaler" in knobs(VotingClassifier([*trees, ("c", KNeighborsClassifier())]))


def test_what_a_wrapper_wraps_by_default_has_knobs():
    """AdaBoost's stump is spelled out only where a tweak turns it."""
    assert knobs(AdaBoostClassifier())["max_depth"] == 1
    assert tuned(AdaBoostClassifier(), X, {"max_depth": 3}).estimator.max_depth == 3
    assert tuned(AdaBoostClassifier(), X, {}).estimator is None
    assert "scaler" not in knobs(BaggingClassifier())
    wrapped = OneVsRestClassifier(CalibratedClassifierCV())
    assert tuned(wrapped, X, {"C": 3.0}).estimator.estimator.C == 3.0


def test_steps_of_a_pipeline_have_knobs():
    """Components and features that are kept, bounded by how many there are; of parts side by side by their names."""
    model = make_pipeline(PCA(1), SelectKBest(k=1), SVC()).fit(X, Y)
    found = describe(model, X, ())
    assert (found["knobs"]["n_components"], found["knobs"]["k"]) == (1, 1)
    assert found["choices"]["n_components"] == [None, 2, 3, 5, 10]
    assert found["choices"]["k"] == ["all"]
    assert tuned(model, X, {"n_components": None}).steps[0][1].n_components is None
    words = FeatureUnion([("w", CountVectorizer()), ("c", CountVectorizer(analyzer="char", min_df=9))])
    text = make_pipeline(words, MultinomialNB())
    assert describe(text, TEXTS, ())["estimator"] == "w:CountVectorizer > c:CountVectorizer > MultinomialNB"
    changed = tuned(text, TEXTS, {"c__min_df": 1, "w__ngram_range": "1,2"}).steps[0][1].transformer_list
    assert (changed[0][1].ngram_range, changed[1][1].min_df) == ((1, 2), 1)


def test_a_value_brings_what_it_needs():
    """The default solver of a linear discriminant analysis knows no shrinkage."""
    model = make_pipeline(LinearDiscriminantAnalysis())
    assert tuned(model, X, {"shrinkage": "auto"}).fit(X, Y).score(X, Y) > 0.9
    assert tuned(model, X, {"scaler": "standard"}).steps[-1][1].solver == "svd"


def test_the_layers_of_a_perceptron_are_one_text():
    """A tuple of layers is written as numbers with commas and read back as a tuple."""
    assert knobs(MLPClassifier(hidden_layer_sizes=(30, 20)))["hidden_layer_sizes"] == "30,20"
    assert knobs(MLPClassifier())["hidden_layer_sizes"] == "100"
    assert tuned(MLPClassifier(), X, {"hidden_layer_sizes": "200,100"}).hidden_layer_sizes == (200, 100)
    assert tuned(MLPClassifier(), X, {"hidden_layer_sizes": "50"}).hidden_layer_sizes == (50,)


def test_values_that_a_tweak_cannot_express_are_no_knobs():
    """Functions, arrays and what stands for something else are left out."""
    assert "kernel" not in knobs(SVC(kernel=lambda a, b: a @ b.T))
    assert "kernel" not in knobs(SVC(kernel="precomputed"))
    assert "weights" not in knobs(KNeighborsClassifier(weights=lambda d: d))
    assert knobs(DecisionTreeClassifier())["max_depth"] is None
    assert knobs(GaussianNB())["var_smoothing"] == 1e-9


def test_alternatives_come_with_their_own_knobs():
    """Estimators that the owner allows are described as written by default; the script's own is no alternative."""
    found = describe(SVC(), X, ("SVC", "RandomForestClassifier", "KNeighborsClassifier"))["alternatives"]
    assert set(found) == {"RandomForestClassifier", "KNeighborsClassifier"}
    assert "scaler" not in found["RandomForestClassifier"]
    assert found["KNeighborsClassifier"]["scaler"] == "none"
    assert found["RandomForestClassifier"]["n_estimators"] == 100


def test_a_tuned_clone_leaves_the_scripts_model_alone():
    """Parameters are set on a clone; the model of the script stays as written and unfitted."""
    model = SVC(C=2.0)
    result = tuned(model, X, {"C": 50.0, "gamma": 0.01})
    assert (result.C, result.gamma, model.C, model.gamma) == (50.0, 0.01, 2.0, "scale")
    pipeline = make_pipeline(PCA(2), SVC())
    tuned(pipeline, X, {"scaler": "standard", "C": 9.0})
    assert [name for name, _ in pipeline.steps] == ["pca", "svc"]
    assert pipeline.steps[-1][1].C == 1.0


def test_the_empty_tweak_is_a_plain_clone():
    """Nothing is put in front of a model that nothing is asked of."""
    assert isinstance(tuned(SVC(C=3.0), X, {}), SVC)
    assert tuned(SVC(C=3.0), X, {}).C == 3.0


@pytest.mark.parametrize(
    ("model", "first"),
    [(SVC(), 0), (make_pipeline(PCA(2), SVC()), 0), (Pipeline([("end", make_pipeline(PCA(2), SVC()))]), 0)],
)
def test_numbers_are_scaled_first(model, first):
    """The scaler stands in front of everything, and the result is what a person would have written."""
    result = tuned(model, X, {"scaler": "standard"})
    assert isinstance(result.steps[first][1], StandardScaler)
    assert result.fit(X, Y).score(X, Y) > 0.9


def test_a_sparse_matrix_is_scaled_last():
    """A sparse matrix in a Pipeline is scaled right before the estimator."""
    result = tuned(make_pipeline(MaxAbsScaler(), SVC()), sparse.csr_matrix(X), {"scaler": "maxabs"})
    assert [name for name, _ in result.steps] == ["maxabsscaler", STEP, "svc"]


def test_another_estimator_takes_the_place():
    """It replaces a plain model or the last step of a Pipeline, with its own parameters."""
    plain = tuned(SVC(), X, {"estimator": "RandomForestClassifier", "n_estimators": 7})
    assert (type(plain), plain.n_estimators) == (RandomForestClassifier, 7)
    pipeline = tuned(make_pipeline(PCA(2), SVC()), X, {"estimator": "KNeighborsClassifier", "scaler": "standard"})
    assert [type(step) for _, step in pipeline.steps] == [StandardScaler, PCA, KNeighborsClassifier]


def test_a_parameter_that_the_estimator_has_not():
    """A tweak for another model is this tweak's failure, said by name."""
    with pytest.raises(TweakError, match="DecisionTreeClassifier has no parameter C"):
        tuned(DecisionTreeClassifier(), X, {"C": 1.0})


def test_tuning_what_was_tuned_before():
    """A Pipeline that has the scaler of an earlier fit gets no second one of the same name."""
    once = tuned(make_pipeline(PCA(2), SVC()), X, {"scaler": "standard"}).fit(X, Y)
    again = tuned(once, X, {"scaler": "standard"}).fit(X, Y)
    assert np.mean(again.predict(X) == once.predict(X)) == 1.0
