"""The iterators of ``sklearn.cross_validation``, made for given labels or a number of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn import model_selection


class Folds:
    """Pairs of training and test indices, as often as they are asked for; ``cv=`` of today takes it too."""

    def __init__(self, splitter: Any, labels: Any, groups: Any = None, **told: Any) -> None:
        self._splitter, self._labels, self._groups = splitter, np.asarray(labels), groups
        self.n = len(self._labels)
        self.__dict__.update(told)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The folds, from the first."""
        return iter(self._splitter.split(np.zeros(self.n), self._labels, self._groups))

    def __len__(self) -> int:
        """How many there are."""
        return int(self._splitter.get_n_splits(np.zeros(self.n), self._labels, self._groups))


def _kfold(n: int, n_folds: int = 3, shuffle: bool = False, random_state: Any = None) -> Folds:
    seed = random_state if shuffle else None
    return Folds(model_selection.KFold(n_folds, shuffle=shuffle, random_state=seed), np.zeros(n), n_folds=n_folds)


def _stratified_kfold(y: Any, n_folds: int = 3, shuffle: bool = False, random_state: Any = None) -> Folds:
    seed = random_state if shuffle else None
    kind = model_selection.StratifiedKFold(n_folds, shuffle=shuffle, random_state=seed)
    return Folds(kind, y, y=np.asarray(y), n_folds=n_folds)


def _shuffle_split(
    n: int, n_iter: int = 10, test_size: Any = 0.1, train_size: Any = None, random_state: Any = None
) -> Folds:
    sizes = {"test_size": test_size, "train_size": train_size, "random_state": random_state}
    return Folds(model_selection.ShuffleSplit(n_iter, **sizes), np.zeros(n), n_iter=n_iter)


def _stratified_shuffle_split(
    y: Any, n_iter: int = 10, test_size: Any = 0.1, train_size: Any = None, random_state: Any = None
) -> Folds:
    sizes = {"test_size": test_size, "train_size": train_size, "random_state": random_state}
    return Folds(model_selection.StratifiedShuffleSplit(n_iter, **sizes), y, y=np.asarray(y), n_iter=n_iter)


def _label_kfold(labels: Any, n_folds: int = 3) -> Folds:
    return Folds(model_selection.GroupKFold(n_folds), np.zeros(len(labels)), labels, n_folds=n_folds)


def _leave_one_out(n: int) -> Folds:
    return Folds(model_selection.LeaveOneOut(), np.zeros(n))


def _leave_p_out(n: int, p: int) -> Folds:
    return Folds(model_selection.LeavePOut(p), np.zeros(n), p=p)


def _leave_one_label_out(labels: Any) -> Folds:
    return Folds(model_selection.LeaveOneGroupOut(), np.zeros(len(labels)), labels)


def _leave_p_label_out(labels: Any, p: int) -> Folds:
    return Folds(model_selection.LeavePGroupsOut(p), np.zeros(len(labels)), labels, p=p)


NAMES: dict[str, Callable[..., Folds]] = {
    "KFold": _kfold,
    "StratifiedKFold": _stratified_kfold,
    "ShuffleSplit": _shuffle_split,
    "StratifiedShuffleSplit": _stratified_shuffle_split,
    "LabelKFold": _label_kfold,
    "LeaveOneOut": _leave_one_out,
    "LeavePOut": _leave_p_out,
    "LeaveOneLabelOut": _leave_one_label_out,
    "LeavePLabelOut": _leave_p_label_out,
}
"""What ``sklearn.cross_validation`` held, by name."""
