"""Training without ``fit``: loops over ``train_on_batch``. Rows are held out by value, so such a model is tuned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mlprojects.keras import describe as describing
from mlprojects.keras import framework, rebuild, sifting, tapes, watching
from mlprojects.sandbox import rows
from mlprojects.sandbox.seen import SeenRows
from mlprojects.sandbox.session import Session
from mlprojects.sandbox.wrapping import wrap_method


def install(session: Session, compiled: Callable[[Any], dict[str, Any]]) -> None:
    """Wrap ``train_on_batch``, and what a loop over a gradient tape uses."""
    batches = Batches(session, compiled)
    for owner in framework.owners("train_on_batch"):
        wrap_method(session, owner, "train_on_batch", batches.around)
    session.at_end.append(batches.end)
    tapes.install(session)


class Batches:
    """What ``train_on_batch`` was given, by model."""

    def __init__(self, session: Session, compiled: Callable[[Any], dict[str, Any]]) -> None:
        self.session, self.compiled = session, compiled
        self.recorders: list[tuple[Any, watching.Recorder]] = []
        self.sieve = sifting.Sieve(session)
        self.tuned: Any = None

    def around(self, original: Callable[..., Any], model: Any, x: Any, y: Any = None, *args: Any, **kw: Any) -> Any:
        """One batch: noted, and in a tuned trial sifted."""
        session, spec = self.session, self.session.spec
        known = session.find(model)
        ordinal = known.ordinal if known else len(session.models)
        gated = session.gated(ordinal) and not spec.as_written
        recorder = next((found for owner, found in self.recorders if owner is model), None)
        if recorder is None:
            recorder = watching.Recorder(None)
            self.recorders.append((model, recorder))
            facts = describing.at_fit(model, x) | {"scalable": False}
            if gated:
                rebuild.apply(model, spec.tweak, None, self.compiled(model))
                self.tuned = model
            self._remember(model, recorder, facts, known)
        if gated and self.tuned is model and y is not None:
            kept, held = self.sieve.part(np.asarray(x), np.asarray(y))
            self.sieve.keep(held)
            if not len(kept):
                return model.test_on_batch(x, y)
            x, y = rows.take(x, kept), rows.take(y, kept)
        with session.fitting():
            result = original(model, x, y, *args, **kw)
        if y is not None:
            recorder.note((x, y))
        return result

    def _remember(self, model: Any, recorder: watching.Recorder, facts: dict[str, Any], known: Any) -> None:
        source = watching.Source(None, recorder.load, SeenRows(None, recorder.keys), recorder)
        known = known or self.session.fitted(model, None, None)
        source.seen.more.append(known.seen)
        known.seen = source.seen
        known.facts.update({"fit": {}, "signature": None, "written": "", "source": source, **facts})

    def end(self) -> None:
        """Score the tuned model on what was kept aside."""
        if self.tuned is not None:
            self.sieve.score(self.tuned)
