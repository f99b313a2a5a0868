"""What becomes of what was fitted: judged or kept it is a model, only looked at it is a helper of another."""

from collections.abc import Iterator

from .accounts import Place, Training
from .catalog import KEEPERS, VERDICTS, VIEWS
from .flow import Flow
from .origins import Made, Name, Origin
from .terms import Attribute, Call


def without_helpers(trainings: list[Training], flow: Flow) -> list[Training]:
    """Leave out scikit-learn estimators fitted beside a Keras model for their feature importances only."""
    families = {training.family for training in trainings}
    has_views = any(scope.attributes & VIEWS for scope in flow.reach.scopes.values())
    if families != {"sklearn", "keras"} or not has_views:
        return trainings
    judged = set(_judged(flow))
    return [t for t in trainings if t.family != "sklearn" or t.built is None or t.built in judged]


def _judged(flow: Flow) -> Iterator[Place]:
    for file, _, call in flow.calls():
        for origin in _looked_into(flow, file, call):
            if isinstance(origin, Made):
                yield Place(origin.file, origin.call.line)


def _looked_into(flow: Flow, file: str, call: Call) -> Iterator[Origin]:
    if isinstance(call.function, Attribute) and call.function.name in VERDICTS:
        yield from flow.trace(call.function.base, file)
    names = {origin.name for origin in flow.callees[call] if isinstance(origin, Name)}
    if names & KEEPERS:
        for value in call.values:
            yield from flow.trace(value, file)
