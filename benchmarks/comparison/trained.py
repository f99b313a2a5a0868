"""One tweak, trained: its outcome, and its learning curve."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from mlprojects.contract import curves
from pipelines.facts import Epoch, Event, Failed, Finished, Outcome, Started


class Trained(BaseModel):
    """What a trial of the search came to; all methods meet the same.

    ``curve`` has the logs of each epoch of a Keras model, ``seconds`` of fit up to its end among them. Of what has no
    epochs it is one point.
    """

    model_config = ConfigDict(frozen=True)

    outcome: Outcome
    curve: tuple[dict[str, float], ...]

    @classmethod
    def of(cls, outcome: Outcome, events: list[Event], gate: int | None) -> Trained:
        """Fold a trial's journal; the epochs' seconds are counted back from the end of its fit."""
        epochs = [event for event in events if isinstance(event, Epoch) and event.model == gate]
        score = None if outcome.validation is None else outcome.validation.value
        if outcome.failed is not None or score is None:
            return cls(outcome=outcome, curve=({"seconds": _lasted(events)},))
        if not epochs:
            return cls(outcome=outcome, curve=({"seconds": outcome.fit_seconds, "score": score},))
        first, last = epochs[0].time, epochs[-1].time
        before = max(0.0, outcome.fit_seconds - (last - first))
        logs = [{name: value for name, value in event.logs.items() if value is not None} for event in epochs]
        for event, point in zip(epochs, logs, strict=True):
            point |= {"seconds": before + event.time - first, "score": point.get("val_accuracy", 0.0)}
        logs[-1]["score"] = score  # what the search goes by, also where a callback has put earlier weights back
        return cls(outcome=outcome, curve=tuple(logs))

    @property
    def score(self) -> float | None:
        """The validation score at the end; None of a trial that failed."""
        return None if self.outcome.validation is None else self.outcome.validation.value

    @property
    def epochs(self) -> int:
        """Points of the curve."""
        return len(self.curve)

    def after(self, epochs: int) -> Outcome:
        """The outcome of the trial stopped after so many epochs: the score of the last one counts as measured."""
        outcome, point = self.outcome, self.curve[epochs - 1]
        if outcome.validation is None:
            return outcome
        validation = outcome.validation.model_copy(update={"value": point["score"]})
        loss = point.get("val_loss") if epochs < self.epochs else outcome.loss
        return outcome.model_copy(update={"validation": validation, "loss": loss, "curve": self.bests(epochs)})

    def bests(self, epochs: int) -> tuple[float, ...]:
        """What a search remembers of the curve up to an epoch; nothing of a model without epochs."""
        found = [curves.score_of(point, "accuracy") for point in self.curve[:epochs]]
        return curves.bests([score for score in found if score is not None])

    def seconds(self, epochs: int) -> float:
        """Seconds of fit up to the end of so many epochs."""
        return self.curve[epochs - 1]["seconds"] if epochs else 0.0


def _lasted(events: list[Event]) -> float:
    """Of a trial that failed: no fit has ended that could be measured."""
    begun = [event.time for event in events if isinstance(event, Started)]
    ended = [event.time for event in events if isinstance(event, Failed | Finished)]
    return max(0.0, ended[-1] - begun[-1]) if begun and ended else 0.0
