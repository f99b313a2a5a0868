"""One script at a time: family and kind."""

import pytest

from pipelines.inspection import inspect

from .conftest import Write
from .odd_cases import ODD_CASES
from .script_cases import CASES, Case

# Scripts of the Keras 2 years among them: what shows it is told in test_generation.py.
KERAS_2 = {
    "keras_tokenizer_for_nb", "several_gpus",
    "ann_superdatascience", "datagen_fit_is_no_training", "keras_dqn", "keras_with_tf1_session_config",
    "mlm_keras_classifier", "mlm_regression", "mnist_sklearn_wrapper", "resnet_functional", "star_imports",
    "tensorflow_python_keras", "transfer_learning",
}  # fmt: skip

# scikit-learn's model is trained, and Keras is imported: it has to be there.
KERAS_BESIDE = {
    "keras_imported_not_used", "keras_data_for_knn", "vgg_features_same_variable", "svm_on_embeddings",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES + ODD_CASES, ids=lambda case: case.name)
def test_a_script_is_judged_by_what_it_builds_and_fits(case: Case, write: Write) -> None:
    """Each public-style script gets its family and kind, and the lines that show it."""
    verdict = inspect(write({"script.py": case.text}))
    assert (verdict.family, verdict.kind) == (case.family, case.kind), verdict
    assert verdict.entry == (None if case.family == "none" else "script.py")
    environment = "keras2" if case.name in KERAS_2 else "keras" if case.name in KERAS_BESIDE else case.family
    assert verdict.environment == (environment if case.family in ("sklearn", "keras") else None)
    lines = case.text.splitlines()
    assert all(lines[e.line - 1].strip() == e.text for e in verdict.evidence)
    assert bool(verdict.evidence) == (case.family != "none")
    assert verdict.syntax_error is None
