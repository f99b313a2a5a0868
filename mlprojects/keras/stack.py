"""A Sequential model as a list of layer configurations, and what a tweak makes of it.

Pure: no Keras here. The shape of the usual stack is front, convolutions, flattening, hidden dense layers,
output layer; every knob acts on the part that it is named after and leaves the rest alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mlprojects.contract.trial import KnobValue, Tweak

CONVOLUTIONS = ("Conv1D", "Conv2D", "SeparableConv1D", "SeparableConv2D")
RECURRENT = ("LSTM", "GRU", "SimpleRNN")
DROPOUTS = ("Dropout", "AlphaDropout", "GaussianDropout")
FOLLOWERS = ("BatchNormalization", "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", *DROPOUTS)
SCALERS = ("Rescaling", "Normalization")
STRUCTURE = {"dense_layers", "units", "dropout", "recurrent_units", "regularization"}
STRUCTURE |= {"conv_layers", "filters", "kernel_size", "strides"}
NEW_UNITS = 64
NEW_FILTERS = 32
NEW_KERNEL = 3


@dataclass(frozen=True)
class LayerFact:
    """A layer of the script's model (``source`` is its place there), or a new one (None)."""

    kind: str
    config: dict[str, Any] = field(default_factory=dict)
    source: int | None = None
    changed: bool = False

    def alter(self, **values: Any) -> LayerFact:
        """The same layer with other values in its configuration."""
        if all(_listed(self.config.get(name)) == _listed(value) for name, value in values.items()):
            return self
        return replace(self, config={**self.config, **values}, changed=True)


def _listed(value: Any) -> Any:
    """Keras writes sizes as tuples or lists, as it likes."""
    return list(value) if isinstance(value, tuple) else value


def output_place(layers: Sequence[LayerFact]) -> int | None:
    """The place of the output layer: the last Dense, with nothing but activations behind it."""
    for place in range(len(layers) - 1, -1, -1):
        if layers[place].kind == "Dense":
            return place
        if layers[place].kind not in ("Activation", "Softmax", "Reshape"):
            return None
    return None


def hidden_places(layers: Sequence[LayerFact]) -> list[int]:
    """The places of the hidden dense layers."""
    output = output_place(layers)
    if output is None:
        return []
    return [place for place in range(output) if layers[place].kind == "Dense"]


def conv_places(layers: Sequence[LayerFact]) -> list[int]:
    """The places of the convolutions, without one that is the output layer (a class for each pixel)."""
    places = [place for place, layer in enumerate(layers) if layer.kind in CONVOLUTIONS]
    behind = layers[places[-1] + 1 :] if places else ()
    is_output = places and all(layer.kind in ("Activation", "Softmax", "Reshape") for layer in behind)
    return places[:-1] if is_output else places


def recurrent_places(layers: Sequence[LayerFact]) -> list[int]:
    """The places of the recurrent layers."""
    return [place for place, layer in enumerate(layers) if layer.kind in RECURRENT]


def _dense_dropouts(layers: Sequence[LayerFact]) -> list[int]:
    hidden, output = hidden_places(layers), output_place(layers)
    if not hidden or output is None:
        return []
    return [place for place in range(hidden[0], output) if layers[place].kind in DROPOUTS]


def _flatten_place(layers: Sequence[LayerFact]) -> int | None:
    """The place of a Flatten before which only scaling and dropout stand: convolutions can go there."""
    for place, layer in enumerate(layers):
        if layer.kind == "Flatten":
            return place
        if layer.kind not in (*SCALERS, *DROPOUTS, "Reshape"):
            return None
    return None


def written_values(layers: Sequence[LayerFact], input_shape: tuple[int | None, ...]) -> dict[str, KnobValue]:
    """The structural knobs that fit, each with the value the script has.

    For layers that are not there yet, the value is the one that a new layer gets.

    Args:
        layers: the model's layers without the input layer.
        input_shape: the shape of one row, for example (8, 8, 1).
    """
    knobs: dict[str, KnobValue] = {}
    if output_place(layers) is not None:
        hidden = hidden_places(layers)
        knobs["dense_layers"] = len(hidden)
        knobs["units"] = int(layers[hidden[0]].config["units"]) if hidden else NEW_UNITS
        dropouts = _dense_dropouts(layers)
        knobs["dropout"] = float(layers[dropouts[0]].config["rate"]) if dropouts else 0.0
    strongest = max((strength for layer in layers for strength in _penalties(layer)), default=0.0)
    if strongest and output_place(layers) is not None:
        knobs["regularization"] = strongest
    recurrent = recurrent_places(layers)
    if recurrent and output_place(layers) is not None:
        knobs["recurrent_units"] = int(layers[recurrent[0]].config["units"])
    convs = conv_places(layers)
    if convs:
        first = layers[convs[0]].config
        knobs |= {
            "conv_layers": len(convs),
            "filters": int(first["filters"]),
            "kernel_size": _edge(first["kernel_size"]),
            "strides": _edge(first["strides"]),
        }
    elif len(input_shape) in (2, 3) and _flatten_place(layers) is not None and min(_edges(input_shape)) >= 4:
        knobs |= {"conv_layers": 0, "filters": NEW_FILTERS, "kernel_size": NEW_KERNEL, "strides": 1}
    return knobs


def _edges(input_shape: tuple[int | None, ...]) -> list[int]:
    return [size or 0 for size in input_shape[:2]]


def _edge(value: Any) -> int:
    return int(value[0]) if isinstance(value, list | tuple) else int(value)


def bottleneck(layers: Sequence[LayerFact]) -> str | None:
    """What is to be said of a hidden layer through which the classes do not fit: n neurons tell apart some 2ⁿ."""
    output = output_place(layers)
    if output is None:
        return None
    answers = int(layers[output].config["units"])
    places = [*recurrent_places(layers), *hidden_places(layers)]
    narrowest = min((layers[place] for place in places), key=lambda layer: int(layer.config["units"]), default=None)
    if narrowest is None or 2 ** int(narrowest.config["units"]) >= answers:
        return None
    layer = f"{narrowest.kind}({narrowest.config['units']})"
    return f"all that tells {answers} classes apart has to pass {layer}, which is too narrow; use more units"


def plan(layers: Sequence[LayerFact], tweak: Tweak, input_shape: tuple[int | None, ...]) -> list[LayerFact]:
    """The layers that ``tweak`` asks for. A layer behind a changed one is marked changed when it has weights.

    Args:
        layers: the model's layers without the input layer.
        tweak: structural knobs (others are ignored).
        input_shape: the shape of one row.
    """
    result = list(layers)
    result = _plan_convolutions(result, tweak, input_shape)
    if "regularization" in tweak:
        result = _regularized(result, float(tweak["regularization"] or 0.0))
    if "recurrent_units" in tweak:
        result = _widened(result, recurrent_places(result), int(tweak["recurrent_units"] or 1))
    return _plan_dense(result, tweak)


def _plan_convolutions(layers: list[LayerFact], tweak: Tweak, input_shape: tuple[int | None, ...]) -> list[LayerFact]:
    convs = conv_places(layers)
    wanted = int(tweak.get("conv_layers", len(convs)) or 0)
    if convs:
        first_filters = int(layers[convs[0]].config["filters"])
        for place in convs:
            layer = layers[place]
            values: dict[str, Any] = {}
            if "filters" in tweak:
                ratio = int(layer.config["filters"]) / first_filters
                values["filters"] = max(1, round(int(tweak["filters"] or 1) * ratio))
            if "kernel_size" in tweak:
                values["kernel_size"] = _as_written(layer.config["kernel_size"], tweak["kernel_size"])
            if "strides" in tweak and place == convs[0]:
                values["strides"] = _as_written(layer.config["strides"], tweak["strides"])
            layers[place] = layer.alter(**values)
        after = convs[-1] + 1
        while after < len(layers) and layers[after].kind in FOLLOWERS:
            after += 1
        last = layers[convs[-1]]
        extra = [_convolution(last.kind, last.config) for _ in range(wanted - len(convs))]
        return layers[:after] + extra + layers[after:]
    flatten = _flatten_place(layers)
    if not wanted or flatten is None:
        return layers
    base = {
        "filters": int(tweak.get("filters") or NEW_FILTERS),
        "kernel_size": int(tweak.get("kernel_size") or NEW_KERNEL),
        "strides": int(tweak.get("strides") or 1),
    }
    extra = [LayerFact("Reshape", {"target_shape": (*input_shape, 1)}, changed=True)] if len(input_shape) == 2 else []
    extra += [_convolution("Conv2D", base if i == 0 else {**base, "strides": 1}, first=i == 0) for i in range(wanted)]
    return layers[:flatten] + extra + layers[flatten:]


def _convolution(kind: str, like: dict[str, Any], first: bool = False) -> LayerFact:
    config = {
        "filters": like["filters"],
        "kernel_size": like["kernel_size"],
        "strides": like["strides"] if first else 1,
        "padding": "same",
        "activation": "relu",
    }
    if "data_format" in like:
        config["data_format"] = like["data_format"]
    return LayerFact(kind, config, changed=True)


def _as_written(written: Any, value: KnobValue) -> Any:
    return [value] * len(written) if isinstance(written, list | tuple) else value


def _plan_dense(layers: list[LayerFact], tweak: Tweak) -> list[LayerFact]:
    output, hidden = output_place(layers), hidden_places(layers)
    if output is None:
        return layers
    wanted = int(tweak.get("dense_layers", len(hidden)) or 0)
    answers = int(layers[output].config["units"])
    if hidden and "units" in tweak:
        layers = _widened(layers, hidden, int(tweak["units"] or 1), least=answers)
    units = int(layers[hidden[-1]].config["units"]) if hidden else int(tweak.get("units") or NEW_UNITS)
    units = max(units, answers)
    fresh = LayerFact("Dense", {"units": units, "activation": "relu"}, changed=True)
    extra = [fresh] * max(0, wanted - len(hidden))
    layers = layers[:output] + extra + layers[output:]
    if "dropout" not in tweak:
        return layers
    rate = float(tweak["dropout"] or 0.0)
    dropouts = _dense_dropouts(layers)
    for place in dropouts:
        layers[place] = layers[place].alter(rate=rate)
    if dropouts or not rate:
        return layers
    with_dropout: list[LayerFact] = []
    places = set(hidden_places(layers))
    for place, layer in enumerate(layers):
        with_dropout.append(layer)
        if place in places:
            with_dropout.append(LayerFact("Dropout", {"rate": rate}, changed=True))
    return with_dropout


def _widened(layers: list[LayerFact], places: list[int], units: int, least: int = 1) -> list[LayerFact]:
    """Layers of which the first has ``units``; later ones keep their ratio to it, with no fewer than ``least``."""
    widened = list(layers)
    for place in places:
        ratio = int(layers[place].config["units"]) / int(layers[places[0]].config["units"])
        widened[place] = layers[place].alter(units=max(least, round(units * ratio)) if place != places[0] else units)
    return widened


def _regularizers(layer: LayerFact) -> dict[str, dict[str, Any]]:
    """The penalties of a layer, as Keras writes them down, by the name of their argument."""
    found = {name: value for name, value in layer.config.items() if name.endswith("_regularizer")}
    return {name: value for name, value in found.items() if isinstance(value, dict) and value.get("config")}


def _penalties(layer: LayerFact) -> list[float]:
    configs = [regularizer["config"] for regularizer in _regularizers(layer).values()]
    return [float(config[kind]) for config in configs for kind in ("l1", "l2") if config.get(kind)]


def _regularized(layers: list[LayerFact], strength: float) -> list[LayerFact]:
    """Layers of which the strongest penalty is ``strength``; the others keep their ratio to it."""
    strongest = max((found for layer in layers for found in _penalties(layer)), default=1.0)

    def turned(regularizer: dict[str, Any]) -> dict[str, Any]:
        config = regularizer["config"]
        scaled = {kind: float(config[kind]) * strength / strongest for kind in ("l1", "l2") if config.get(kind)}
        return {**regularizer, "config": {**config, **scaled}}

    return [layer.alter(**{name: turned(found) for name, found in _regularizers(layer).items()}) for layer in layers]


def same_padding(layers: Sequence[LayerFact]) -> list[LayerFact]:
    """The same layers with every convolution and pooling padded, so that no size shrinks below one."""
    padded = []
    for layer in layers:
        shrinks = layer.kind in CONVOLUTIONS or layer.kind.startswith(("MaxPooling", "AveragePooling"))
        padded.append(layer.alter(padding="same") if shrinks else layer)
    return padded
