"""Scripts that only cross-validate: the folds that they evaluate are measured, each by a model that has not seen it."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv

from mlprojects.sandbox import rows
from mlprojects.sandbox.records import Evaluation, FittedModel
from mlprojects.sandbox.session import Session

CROSSED = "crossed"
"""The fact that the script has cross-validated a model and never fitted it itself."""


class Crossing:
    """One cross-validation by the script, to be gone through again when the script has ended.

    The library does not hand out what it predicts. So the folds are fitted once more, from the same random state.
    """

    def __init__(self, session: Session, x: Any, y: Any, given: dict[str, Any]) -> None:
        if hasattr(given.get("cv"), "__next__"):
            given["cv"] = list(given["cv"])  # for two to go through
        self.session, self.x, self.y = session, x, y
        self.cv, self.groups = copy.deepcopy(given.get("cv")), given.get("groups")
        self.plain = not given.get("params") and not given.get("fit_params")
        self.state = np.random.get_state()

    def ended(self, known: FittedModel, estimator: Any) -> None:
        """Measure the folds at the end of the script, where it has evaluated nothing else by then."""
        spec = self.session.spec
        if self.plain and spec.role != "search" and not spec.holdout_fraction and self.session.gated(known.ordinal):
            model = clone(estimator)
            self.session.at_end.append(lambda: self._measure(known, model))

    def _measure(self, known: FittedModel, model: Any) -> None:
        if not all(other.facts.get(CROSSED) for other in self.session.models):
            return
        np.random.set_state(self.state)
        found = []
        try:
            with self.session.fitting():
                splitter = check_cv(self.cv, self.y, classifier=is_classifier(model))
                for number, (kept, held) in enumerate(splitter.split(self.x, self.y, self.groups)):
                    fitted = clone(model).fit(rows.take(self.x, kept), rows.take(self.y, kept))
                    x, truth = rows.take(self.x, held), rows.take(self.y, held)
                    fold = (known.ordinal, known.where, f"fold {number}")
                    found.append(Evaluation(*fold, x, truth, fitted.predict(x), "the script's cross-validation"))
                if known.artifact is None and self.session.spec.save_model != "never":
                    known.artifact = clone(model).fit(self.x, self.y)
        except Exception:  # folds that cannot be gone through again: then rows are set aside, as for any script
            return
        self.session.evaluations += found
