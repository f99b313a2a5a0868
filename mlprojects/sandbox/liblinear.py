"""LogisticRegression(solver='liblinear') on several classes: one against the rest, as before scikit-learn 1.8."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.svm._base import _fit_liblinear


def install() -> None:
    """Let ``fit`` do it again. Before the wrappers about ``fit``: this is what they are about."""
    if "multi_class" in inspect.signature(LogisticRegression).parameters:
        return  # it still does
    from sklearn.utils.validation import validate_data

    original = LogisticRegression.fit

    @functools.wraps(original)
    def fit(self: Any, X: Any, y: Any, sample_weight: Any = None) -> Any:  # noqa: N803 - scikit-learn's name
        if self.solver != "liblinear" or len(np.unique(y)) <= 2:
            return original(self, X, y, sample_weight)
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float64, order="C", accept_large_sparse=False)  # noqa: N806
        penalty = self.penalty if self.penalty in ("l1", "l2") else "l1" if self.l1_ratio == 1 else "l2"
        self.classes_ = np.unique(y)
        self.coef_, self.intercept_, self.n_iter_ = _fit_liblinear(
            X,
            y,
            self.C,
            self.fit_intercept,
            self.intercept_scaling,
            self.class_weight,
            penalty,
            self.dual,
            self.verbose,
            self.max_iter,
            self.tol,
            self.random_state,
            sample_weight=sample_weight,
        )
        return self

    LogisticRegression.fit = fit
