"""What one trial has seen so far: which models were fitted, what was predicted, what was evaluated."""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from mlprojects.contract.journal import Journal
from mlprojects.contract.layout import TrialPaths
from mlprojects.contract.metrics import METRICS
from mlprojects.contract.trial import TrialSpec
from mlprojects.sandbox import rows, scoring
from mlprojects.sandbox.gating import Choice, by_output, choose
from mlprojects.sandbox.records import Evaluation, FittedModel, Opening, Prediction, Split
from mlprojects.sandbox.seen import row_keys
from mlprojects.sandbox.telling import one_line, script_line, spot

__all__ = ["FittedModel", "Session", "Split", "TweakError", "one_line", "script_line", "spot"]
MOST_REMEMBERED = 50


class TweakError(Exception):
    """This tweak does not work with this model; the script and the platform are fine."""

    def failure(self, where: str = "") -> dict[str, str]:
        """What the journal says of it."""
        return {"kind": "trial", "reason": str(self), "where": where}


class TooLongError(TweakError):
    """This tweak would take too much of the time that is left for the search."""

    def failure(self, where: str = "") -> dict[str, str]:
        """What the journal says of it."""
        return {**super().failure(where), "cause": "too_long"}


class Session:
    """The live side of one trial. Wrappers call it; :meth:`conclude` writes what they saw."""

    def __init__(self, spec: TrialSpec, paths: TrialPaths) -> None:
        self.spec = spec
        self.paths = paths
        self.journal = Journal(paths.journal)
        self.models: list[FittedModel] = []
        self.predictions: list[Prediction] = []
        self.evaluations: list[Evaluation] = []
        self.validations: list[Evaluation] = []
        self.splits: list[Split] = []
        self.clusterings: list[FittedModel] = []
        """What was fitted without labels: reported where nothing else was fitted."""
        self.sources: dict[int, tuple[Any, Any, bool]] = {}
        """What a transformer of the script gave, by identity, with what it was made of."""
        self.kind_of: Callable[[Any], str | None] = lambda _: None
        self.at_end: list[Callable[[], None]] = []
        """What wrappers have left to do when the script has ended. It may raise :class:`TweakError`."""
        self.calling: list[Callable[[Any, Any], None]] = []
        """Who is told that the script is about to call a model on rows."""
        self.called: list[Callable[[Any, Any], None]] = []
        """Who is told that the script called a model on rows."""
        self.fit_seconds = 0.0
        self.faults = 0
        self.refusal: TweakError | None = None
        """Why the tweak could not be applied."""
        self.bypassed = 0
        self.began = os.path.getmtime(paths.spec)
        """When the trial was asked for: what the script has written since, in whatever attempt, is its own."""
        self._process = os.getpid()
        self._depth = 0
        self._fits = 0
        self._fit_began: float | None = None

    # -- what the wrappers ask ------------------------------------------------------------------------

    @property
    def outermost(self) -> bool:
        """Whether a call comes from the script and not from inside another wrapped call."""
        return self._depth == 0

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Calls made in here are the library's own."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    @contextmanager
    def fitting(self) -> Iterator[None]:
        """As :meth:`inside`, and its time counts as fit time."""
        outer, self._fit_began = self._fit_began, time.perf_counter()
        try:
            with self.inside():
                yield
        finally:
            self.fit_seconds += self.seconds_in_fit()
            self._fit_began = outer

    def seconds_in_fit(self) -> float:
        """How long the fit that is under way has taken."""
        return 0.0 if self._fit_began is None else time.perf_counter() - self._fit_began

    def resumed(self, fit: int, step: int) -> None:
        """A fit goes on from a checkpoint: what the script had written by then is wanted again."""
        self.journal.append("resumed", fit=fit, step=step)
        former = self.paths.former
        for path in former.rglob("*") if former.is_dir() else ():
            here = self.paths.work / path.relative_to(former)
            if path.is_file() and not path.is_symlink() and not os.path.lexists(here):
                here.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, here)

    def next_fit(self) -> int:
        """The number of a fit that begins: the same for the same fit in each attempt at the trial."""
        self._fits += 1
        return self._fits - 1

    def gated(self, ordinal: int) -> bool:
        """Whether the tweak belongs to this model. The baseline does not know yet: its tweak is empty."""
        return self.spec.gate is None or self.spec.gate == ordinal

    def fault(self, error: BaseException, bypassed: bool = False) -> None:
        """Report that the wrapper stepped aside, and whether the call then ran without it."""
        self.faults += 1
        self.bypassed += bypassed
        self.journal.append("fault", reason=one_line(error))

    # -- what the wrappers tell -----------------------------------------------------------------------

    def find(self, model: Any) -> FittedModel | None:
        """The latest record of a model fitted before, by identity."""
        return next((known for known in reversed(self.models) if known.is_about(model)), None)

    def opening(self, model: Any, x: Any = None, y: Any = None) -> Opening:
        """What a fit of ``model`` on ``x`` and ``y`` will count as."""
        known, kind, where = self.find(model), self.kind_of(model), script_line(self.paths)
        fold = "" if kind is None or x is None else _fold_of(x)
        opening = Opening(0 if known is None else known.ordinal, kind, where, fold, y)
        if known is not None and known.kind == kind and not self._other_columns(known.opened, opening):
            other_data = fold != "" and known.where == where and self._other_data(known, x)
            if not other_data:
                return opening
        for other in reversed(self.models) if fold else ():
            if (other.kind, other.where) == (kind, where) and not self._other_data(other, x):
                group = [record for record in self.models if record.ordinal == other.ordinal]
                if any(record.fold == fold or self._other_columns(record.opened, opening) for record in group):
                    break
                return replace(opening, ordinal=other.ordinal)
        return replace(opening, ordinal=1 + max((record.ordinal for record in self.models), default=-1))

    def _other_columns(self, before: Opening | None, now: Opening) -> bool:
        """Whether a fit on the same line had the same rows, with other columns: that is no fold but another setting."""
        if before is None or before.where != now.where or not now.fold or before.fold == now.fold:
            return False
        return self._same_rows(before.truth, now.truth)

    def _other_data(self, known: FittedModel, x: Any) -> bool:
        """Whether a fit is of another data set: folds of one have the same columns, or about as many rows."""
        before, now = known.x if known.source is None else known.source, self.source_of(x, itself=True)
        widths = [
            np.shape(part)[1] if np.ndim(part) == 2 and hasattr(part, "shape") else None for part in (before, now)
        ]
        counts = [_count(part) or 0 for part in (before, now)]
        return None not in widths and widths[0] != widths[1] and min(counts) < 0.95 * max(counts)

    def _same_rows(self, a: Any, b: Any) -> bool:
        """Whether two fits have the same rows, told by their truth.

        Folds are rows of their own, but where the rows are sorted by class those of one have the truth of the other.
        So what is only equal counts where both come from a ``train_test_split``, which shuffles.
        """
        if a is None or b is None or a is b:
            return a is not None and a is b
        drawn = all(any(split.y_train is truth for split in self.splits) for truth in (a, b))
        return drawn and np.array_equal(np.asarray(a), np.asarray(b))

    def fitted(
        self, model: Any, x: Any, y: Any, opening: Opening | None = None, continues: bool | None = None
    ) -> FittedModel:
        """Record that the script fitted ``model`` on ``x`` and ``y`` (all the rows it was trained on).

        Args:
            model: the script's object.
            x: the rows.
            y: their truth.
            opening: what :meth:`opening` said before rows were held out; None: it is asked now.
            continues: whether a later fit goes on from an earlier one, so that its rows count as well; None:
                as Keras does.
        """
        opening = opening or self.opening(model)
        goes_on = self.spec.family == "keras" if continues is None else continues
        known, source = self.find(model), self.source_of(x)
        if known is None or known.ordinal != opening.ordinal:
            known = FittedModel(opening.ordinal, model, x, y, opening.where, source=source)
            self.models.append(known)
            if os.getpid() != self._process:  # what a child of the script's own has fitted ends with that child
                self.paths.elsewhere.touch()
        else:
            known.fits += 1
            known.x, known.y, known.where, known.source = x, y, opening.where, source
            known.aliases.clear()
            if goes_on:
                known.seen.grow(x)
            else:
                known.__post_init__()
        if not goes_on:
            known.seen = next(
                (other.seen for other in self.models if other is not known and known.sees_as(other)), known.seen
            )
        known.kind, known.opened = opening.kind, opening
        known.fold = f"model {self.models.index(known)}" if goes_on or not opening.fold else opening.fold
        known.total = _count(x)
        return known

    def grouped(self, model: Any, x: Any) -> None:
        """Record that the script fitted ``model`` without labels."""
        known = FittedModel(0, model, x, None, script_line(self.paths))
        known.facts["task"] = "clustering"
        self.clusterings.append(known)

    def transformed(self, given: Any, result: Any, scales: bool) -> None:
        """Record that the script made ``result`` of ``given``, row by row, and whether that scales."""
        if _count(given) is not None and _count(given) == _count(result):
            made = (result, self.source_of(given, itself=True), scales or self.is_scaled(given))
            self.sources[id(result)] = made
            while len(self.sources) > MOST_REMEMBERED:
                self.sources.pop(next(iter(self.sources)))

    def source_of(self, x: Any, itself: bool = False) -> Any:
        """What the rows ``x`` were before the script's transformers; None (or ``x``) where there were none."""
        made, source, _ = self.sources.get(id(x), (None, None, False))
        return source if made is x and x is not None else (x if itself else None)

    def is_scaled(self, x: Any) -> bool:
        """Whether a scaler of the script gave ``x``, as it is."""
        made, _, scaled = self.sources.get(id(x), (None, None, False))
        return made is x and x is not None and scaled

    def predicted(
        self, model: Any, x: Any, labels: Any, outputs: tuple[Any, ...] = (), output: str = "", told: Any = None
    ) -> None:
        """Record what a fitted model predicted, labels (or numbers) of shape (rows,); ``told`` as in a Prediction."""
        known = self.find(model)
        if known is None:
            return
        seen = replace(self._prediction(known, model, x, labels, outputs, output), told=told)
        self.predictions.append(seen)
        del self.predictions[:-MOST_REMEMBERED]
        if self.splits and not self.spec.holdout_fraction and not output:
            self.evaluations.append(seen.against(None, "train_test_split", tuple(self.splits)))

    def _prediction(
        self, known: FittedModel, model: Any, x: Any, labels: Any, outputs: tuple[Any, ...] = (), output: str = ""
    ) -> Prediction:
        fold, seen, others = known.fold_of(model), known.seen_by(model), tuple(np.asarray(given) for given in outputs)
        rest = (np.asarray(labels), seen, others, self.source_of(x), output)
        return Prediction(known, model, known.where, fold, x, *rest)

    def evaluated(self, model: Any, x: Any, y_true: Any, y_pred: Any, evidence: str, output: str = "") -> None:
        """Record an evaluation by the script; of its rows those count that are not training data."""
        known = self.find(model)
        if known is not None and not self.spec.holdout_fraction:
            seen = self._prediction(known, model, x, y_pred, output=output)
            self.evaluations.append(seen.against(y_true, evidence))

    def evaluated_holdout(self, model: Any, y_true: Any, y_pred: Any, x: Any = None, output: str = "") -> None:
        """Record the evaluation on the rows that were set aside before the fit."""
        known = self.find(model)
        if known is not None:
            evidence = f"{self.spec.holdout_fraction:.0%} of the rows set aside before the fit"
            rows = (x, y_true, np.asarray(y_pred), evidence)
            self.evaluations.append(Evaluation(known.ordinal, known.where, known.fold_of(model), *rows, output=output))

    def validated(self, model: Any, y_true: Any, y_pred: Any, evidence: str, x: Any = None, output: str = "") -> None:
        """Record predictions for rows that were held out of the training rows to steer the search."""
        known = self.find(model)
        if known is not None:
            same = (known.ordinal, known.where, known.fold_of(model))  # a model that went on is scored where it ended
            self.validations = [
                e for e in self.validations if (e.ordinal, e.where, e.fold, e.output) != (*same, output)
            ]
            self.validations.append(Evaluation(*same, x, y_true, np.asarray(y_pred), evidence, output=output))

    def compared(self, y_true: Any, y_pred: Any, evidence: str) -> None:
        """A metric was called: find the prediction that one of its arguments is (scripts swap them)."""
        if self.spec.holdout_fraction:
            return
        for given, truth in ((y_pred, y_true), (y_true, y_pred)):
            seen = self.prediction_of(given)
            if seen is not None:
                self.evaluations.append(seen.against(truth, evidence))
                return

    def prediction_of(self, given: Any) -> Prediction | None:
        """The prediction that an array holds, if any."""
        array = np.asarray(given)
        array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
        return next((seen for seen in reversed(self.predictions) if seen.is_of(array)), None)

    # -- the end --------------------------------------------------------------------------------------

    def gate(self) -> Choice | None:
        """The model that counts, and why; see :func:`mlprojects.sandbox.gating.choose`."""
        return choose(self.models, self.honest(), METRICS[self.spec.metric], self.spec.gate)

    def honest(self) -> list[Evaluation]:
        """Evaluations on rows that were not trained on; of a split's truth only where the script compares nothing."""
        found = [(e, e.honest) for e in self.evaluations]
        compared = {(e.ordinal, e.where, e.fold) for e, honest in found if honest is not None and not e.splits}
        return [
            honest
            for e, honest in found
            if honest is not None and not (e.splits and (e.ordinal, e.where, e.fold) in compared)
        ]

    def honest_of(self, ordinal: int) -> list[Evaluation]:
        """The last evaluation on rows that were not trained on, of each fold of one model."""
        return list({(e.fold, e.output): e for e in self.honest() if e.ordinal == ordinal}.values())

    def conclude(self) -> tuple[Choice | None, float | None]:
        """Write the scores where they belong: a search trial's test score sealed, the rest open.

        Returns:
            The choice of the model that counts and its test score, each None where there is none.
        """
        choice = self.gate()
        if choice is None and self.clusterings and not self.models:
            known = self.clusterings[-1]
            return Choice(known, [], "", known.where), None
        if choice is None:
            return None, None
        if self.spec.role == "search":
            counted = [e for e in self.validations if e.ordinal == choice.model.ordinal and e.where == choice.where]
            self._write(self.journal, "validation", choice, counted or self.validations[-1:])
        target = Journal(self.paths.sealed) if self.spec.role == "search" else self.journal
        return choice, self._write(target, "test", choice, choice.evaluations)

    def _write(self, target: Journal, split: str, choice: Choice, found: list[Evaluation]) -> float | None:
        task = str(choice.model.facts.get("task"))
        if not found or not any(task in metric.tasks for metric in METRICS.values()):
            return None
        scores = {}
        for output, part in by_output(found).items():
            y_true = np.concatenate([e.truth for e in part])
            y_pred = np.concatenate([np.asarray(e.y_pred) for e in part])
            scores[output] = scoring.evaluate(self.spec.metric, y_true, y_pred, task, _distinct(part))
        found = by_output(found)[next(iter(scores))]
        output, fields = scoring.worst(scores)
        if not math.isfinite(fields["value"]):
            return None
        evidence = found[-1].evidence + (f"; {len(found)} fits, each on rows of its own" if len(found) > 1 else "")
        if len(scores) > 1:
            evidence += f"; {output!r} is the worst of {len(scores)} outputs"
        target.append("evaluated", split=split, evidence=evidence, **fields)
        value: float = fields["value"]
        return value if fields["metric"] == self.spec.metric else None


def _distinct(found: list[Evaluation]) -> int | None:
    """How many different rows there are in several evaluations; None: as many as there are."""
    try:
        return len({key for e in found for key in row_keys(e.x)}) if len(found) > 1 else None
    except (TypeError, ValueError):
        return None


def _count(x: Any) -> int | None:
    try:
        return rows.count(x)
    except (TypeError, ValueError, StopIteration):
        return None


def _fold_of(x: Any) -> str:
    try:
        return rows.fingerprint(x)
    except (TypeError, ValueError):
        return ""
