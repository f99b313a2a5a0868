"""The knobs that fit one model, as a ladder of single changes and as a hyperopt space.

Pure but for the hyperopt nodes. A tweak holds only what differs from the script as written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hyperopt import hp

from mlprojects.contract.knobs import Choice, Knob, LogRange, Multiples, knobs_for
from mlprojects.contract.trial import KnobValue, Tweak
from pipelines.facts import Described

ESTIMATOR = "estimator"
BATCH_SIZE = "batch_size"


@dataclass(frozen=True)
class Dial:
    """One knob of one model: the values worth trying, and the one that the script has.

    ``values`` is None where any real number of the knob's range is worth trying.
    """

    knob: Knob
    written: KnobValue
    values: tuple[KnobValue, ...] | None
    label: str

    @property
    def name(self) -> str:
        """The knob's name."""
        return self.knob.name


@dataclass(frozen=True)
class Scope:
    """The dials of one estimator. The script's own comes first; others are those its owner allows."""

    estimator: str
    own: bool
    dials: tuple[Dial, ...]

    def written(self) -> Tweak:
        """Every knob as written."""
        return {dial.name: dial.written for dial in self.dials}


@dataclass(frozen=True)
class Space:
    """All that may be tried for one model."""

    scopes: tuple[Scope, ...]

    @property
    def size(self) -> float:
        """How many tweaks there are; infinite with a real-valued knob."""
        total = 0.0
        for scope in self.scopes:
            counts = [math.inf if dial.values is None else float(len(dial.values)) for dial in scope.dials]
            total += math.prod(counts)
        return total

    def scope_of(self, tweak: Tweak) -> Scope:
        """The scope that a tweak belongs to."""
        name = tweak.get(ESTIMATOR)
        return next((s for s in self.scopes if s.estimator == name), self.scopes[0])


def build_space(family: str, described: Described, longer: float = math.inf) -> Space:
    """Join what inside found with the table of knobs. Names and values that do not fit the table are dropped.

    Args:
        family: sklearn or keras.
        described: the model as written.
        longer: how many times longer than the script as written a fit may take.
    """
    own = _scope(family, described.estimator, described.knobs, described.choices, longer, own=True)
    others = [
        _scope(family, name, written, described.choices, longer, own=False)
        for name, written in sorted(described.alternatives.items())
    ]
    return Space((own, *others))


def _scope(
    family: str, estimator: str, written: Tweak, choices: dict[str, list[KnobValue]], longer: float, own: bool
) -> Scope:
    table = knobs_for(family, estimator)
    dials = []
    for name, knob in table.items():
        if name in written:
            values = _values(knob, written[name], choices.get(name), longer)
            label = name if own else f"{estimator}.{name}"
            if values is None or len(values) > 1:
                dials.append(Dial(knob, written[name], values, label))
    return Scope(estimator, own, tuple(dials))


def _values(
    knob: Knob, written: KnobValue, allowed: list[KnobValue] | None, longer: float
) -> tuple[KnobValue, ...] | None:
    domain = knob.domain
    if isinstance(domain, LogRange):
        return None if isinstance(written, int | float) and not isinstance(written, bool) else (written,)
    if isinstance(domain, Choice):
        found = [value for value in domain.values if allowed is None or value in allowed]
        return _with(found, written)
    if not isinstance(written, int) or isinstance(written, bool):
        return (written,)
    if isinstance(domain, Multiples):
        scaled = {round(written * factor) for factor in domain.factors if factor <= max(1.0, longer)}
        return _with(sorted(v for v in scaled if domain.low <= v <= domain.high), written)
    return tuple(range(written, written + domain.more + 1))


def _with(values: Sequence[KnobValue], written: KnobValue) -> tuple[KnobValue, ...]:
    return tuple(values) if written in values else (written, *values)


def canonical(space: Space, tweak: Tweak) -> Tweak:
    """Only what differs from the script as written, and only what has an effect."""
    scope = space.scope_of(tweak)
    written = scope.written()
    result: Tweak = {} if scope.own else {ESTIMATOR: scope.estimator}
    for dial in scope.dials:
        value = tweak.get(dial.name, dial.written)
        parent = dial.knob.parent
        idle = parent is not None and not tweak.get(parent, written.get(parent, 0))
        if value != dial.written and not idle:
            result[dial.name] = float(f"{value:.4g}") if isinstance(value, float) else value
    return result


def fitted(space: Space, tweak: Tweak) -> Tweak:
    """A tweak of another model, as near as this one has it: knobs and choices that it lacks stay as written."""
    found: Tweak = {ESTIMATOR: tweak[ESTIMATOR]} if ESTIMATOR in tweak else {}
    dials = space.scope_of(tweak).dials
    return canonical(
        space, found | {dial.name: _nearest(dial, tweak[dial.name]) for dial in dials if dial.name in tweak}
    )


def _nearest(dial: Dial, value: KnobValue) -> KnobValue:
    """The dial's value that is nearest to another model's; the written one where none is near."""
    if dial.values is not None and value in dial.values:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return dial.written
    if dial.values is None:
        domain = dial.knob.domain
        assert isinstance(domain, LogRange)
        return min(max(float(value), domain.low), domain.high)
    numbers = [one for one in dial.values if isinstance(one, int | float) and not isinstance(one, bool)]
    return min(numbers, key=lambda one: abs(one - value), default=dial.written)


def lighter(space: Space, tweak: Tweak) -> Tweak | None:
    """The tweak with the batch size halved, as near as the space has it; None where the model has no such knob."""
    dial = next((dial for dial in space.scope_of(tweak).dials if dial.name == BATCH_SIZE), None)
    if dial is None:
        return None
    size = tweak.get(BATCH_SIZE, dial.written)
    smaller = [v for v in dial.values or () if isinstance(v, int) and isinstance(size, int) and v <= size // 2]
    return canonical(space, {**tweak, BATCH_SIZE: max(smaller)}) if smaller else None


def ladder(space: Space, foot: Tweak) -> Iterator[Tweak]:
    """Single changes in the order in which a person would try them, the script's own estimator first.

    Args:
        space: what may be tried.
        foot: the tweak that the climb begins at; multiples and further layers are counted from it.
    """
    own = space.scopes[0]
    rungs = []
    for dial in own.dials:
        for step, value in enumerate(_ladder_values(dial, foot.get(dial.name, dial.written))):
            rungs.append((dial.knob.rung, step, {dial.name: value}))
    for _, _, change in sorted(rungs, key=lambda rung: rung[:2]):
        yield change
    for scope in space.scopes[1:]:
        yield {ESTIMATOR: scope.estimator}


def _ladder_values(dial: Dial, foot: KnobValue) -> list[KnobValue]:
    found: list[KnobValue] = []
    for step in dial.knob.ladder:
        value = step
        if isinstance(foot, int) and isinstance(step, int | float):
            if isinstance(dial.knob.domain, Multiples):
                value = round(foot * step)
            elif not isinstance(dial.knob.domain, Choice | LogRange):
                value = foot + int(step)
        fits = dial.values is None or value in dial.values
        if fits and value not in (dial.written, foot):
            found.append(value)
    return found


def hyperopt_space(space: Space) -> Any:
    """The conditional space: a knob that has no effect below its parent's zero is not drawn there."""
    scopes = [{ESTIMATOR: scope.estimator, "knobs": _scope_nodes(scope)} for scope in space.scopes]
    return scopes[0] if len(scopes) == 1 else hp.choice(ESTIMATOR, scopes)


def _scope_nodes(scope: Scope) -> dict[str, Any]:
    parents = {dial.knob.parent for dial in scope.dials if dial.knob.parent}
    nodes: dict[str, Any] = {}
    for dial in scope.dials:
        if dial.name in parents:
            children = {c.name: _node(c) for c in scope.dials if c.knob.parent == dial.name}
            nodes[f"{dial.name}+"] = hp.choice(
                dial.label,
                [{dial.name: value, **(children if value else {})} for value in dial.values or ()],
            )
        elif dial.knob.parent is None or not any(d.name == dial.knob.parent for d in scope.dials):
            nodes[dial.name] = _node(dial)
    return nodes


def _node(dial: Dial) -> Any:
    if dial.values is not None:
        return hp.choice(dial.label, list(dial.values))
    domain = dial.knob.domain
    assert isinstance(domain, LogRange)
    return hp.loguniform(dial.label, math.log(domain.low), math.log(domain.high))


def decode(space: Space, point: dict[str, Any]) -> Tweak:
    """The tweak of a point that hyperopt drew."""
    flat: Tweak = {ESTIMATOR: point[ESTIMATOR]}
    for name, value in point["knobs"].items():
        flat |= value if name.endswith("+") else {name: value}
    return canonical(space, {name: _plain(value) for name, value in flat.items()})


def _plain(value: Any) -> KnobValue:
    plain: KnobValue = value.item() if hasattr(value, "item") else value
    return plain


def encode(space: Space, tweak: Tweak) -> dict[str, list[Any]]:
    """A tweak as hyperopt writes it: indices of choices, values of ranges, nothing for what is not drawn."""
    active = space.scope_of(tweak)
    values: dict[str, list[Any]] = {}
    if len(space.scopes) > 1:
        values[ESTIMATOR] = [space.scopes.index(active)]
    for scope in space.scopes:
        full = {**scope.written(), **(tweak if scope is active else {})}
        for dial in scope.dials:
            parent = dial.knob.parent
            drawn = scope is active and (parent is None or bool(full.get(parent, 1)))
            values[dial.label] = [_encoded(dial, full[dial.name])] if drawn else []
    return values


def _encoded(dial: Dial, value: KnobValue) -> Any:
    if dial.values is not None:
        return dial.values.index(value)
    domain = dial.knob.domain
    assert isinstance(domain, LogRange)
    assert isinstance(value, int | float)
    return min(max(float(value), domain.low), domain.high)
