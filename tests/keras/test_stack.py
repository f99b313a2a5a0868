"""Reading and planning stacks of Keras layers, without Keras."""

import pytest

from mlprojects.keras.stack import STRUCTURE, LayerFact, bottleneck, output_place, plan, same_padding, written_values

IMAGE = (28, 28, 1)


def build(*rows):
    """Layers as a live model reports them: each with its kind, its configuration and its place."""
    return [LayerFact(kind, {"name": f"{kind.lower()}_{i}", **config}, i) for i, (kind, config) in enumerate(rows)]


def dense(units, **config):
    """A dense layer."""
    return "Dense", {"units": units, "activation": "relu", **config}


def conv(filters, kernel=3, strides=1, **config):
    """A two-dimensional convolution, with sizes as Keras writes them."""
    sizes = {"kernel_size": (kernel, kernel), "strides": (strides, strides)}
    return "Conv2D", {"filters": filters, **sizes, "padding": "valid", **config}


FLATTEN = ("Flatten", {})
POOL = ("MaxPooling2D", {"pool_size": (2, 2), "padding": "valid"})
NORM = ("BatchNormalization", {"axis": -1})
RELU = ("Activation", {"activation": "relu"})
SOFTMAX = ("Activation", {"activation": "softmax"})
OUTPUT = dense(10, activation="softmax")


def dropout(rate):
    """A dropout layer."""
    return "Dropout", {"rate": rate}


STACKS = {
    "conv": (build(conv(16), NORM, RELU, POOL, conv(32), POOL, FLATTEN, dense(64), dropout(0.3), OUTPUT), IMAGE),
    "dense": (build(dense(128), dense(64), OUTPUT), (30,)),
    "no hidden": (build(OUTPUT), (30,)),
    "flat square": (build(FLATTEN, OUTPUT), (8, 8)),
    "flat image": (build(FLATTEN, dense(32), OUTPUT), IMAGE),
    "softmax apart": (build(dense(32), RELU, dense(10), SOFTMAX), (4,)),
    "lstm": (build(("LSTM", {"units": 20, "return_sequences": True}), ("LSTM", {"units": 9}), OUTPUT), (30, 6)),
    "embedding": (build(("Embedding", {"input_dim": 99}), ("GlobalAveragePooling1D", {}), dense(16), OUTPUT), (100,)),
    "pooled": (build(conv(8, strides=2), ("GlobalAveragePooling2D", {}), OUTPUT), IMAGE),
    "no dense": (build(conv(8), ("GlobalAveragePooling2D", {}), ("Softmax", {})), IMAGE),
    "unknown": (build(("Attention", {"units": 3}), ("MyLayer", {"rate": 0.9, "filters": 2}), OUTPUT), (5, 5)),
}
EXPECTED = {
    "conv": {
        "dense_layers": 1,
        "units": 64,
        "dropout": 0.3,
        "conv_layers": 2,
        "filters": 16,
        "kernel_size": 3,
        "strides": 1,
    },
    "dense": {"dense_layers": 2, "units": 128, "dropout": 0.0},
    "no hidden": {"dense_layers": 0, "units": 64, "dropout": 0.0},
    "flat square": {
        "dense_layers": 0,
        "units": 64,
        "dropout": 0.0,
        "conv_layers": 0,
        "filters": 32,
        "kernel_size": 3,
        "strides": 1,
    },
    "flat image": {
        "dense_layers": 1,
        "units": 32,
        "dropout": 0.0,
        "conv_layers": 0,
        "filters": 32,
        "kernel_size": 3,
        "strides": 1,
    },
    "softmax apart": {"dense_layers": 1, "units": 32, "dropout": 0.0},
    "lstm": {"dense_layers": 0, "units": 64, "dropout": 0.0, "recurrent_units": 20},
    "embedding": {"dense_layers": 1, "units": 16, "dropout": 0.0},
    "pooled": {
        "dense_layers": 0,
        "units": 64,
        "dropout": 0.0,
        "conv_layers": 1,
        "filters": 8,
        "kernel_size": 3,
        "strides": 2,
    },
    "no dense": {"conv_layers": 1, "filters": 8, "kernel_size": 3, "strides": 1},
    "unknown": {"dense_layers": 0, "units": 64, "dropout": 0.0},
}


def kinds(layers):
    """The kinds of layers, in their order."""
    return [layer.kind for layer in layers]


def values(layers, kind, name):
    """One value of the configuration of every layer of a kind."""
    return [layer.config[name] for layer in layers if layer.kind == kind]


@pytest.mark.parametrize("stack", STACKS)
def test_the_knobs_that_fit_with_their_written_values(stack):
    """Each stack has the knobs of the parts that it has, or could have, and no others."""
    assert written_values(*STACKS[stack]) == EXPECTED[stack]
    assert set(EXPECTED[stack]) <= STRUCTURE


@pytest.mark.parametrize("stack", STACKS)
def test_the_empty_tweak_changes_nothing(stack):
    """Without a tweak the plan is the script's own layers, none marked as changed."""
    layers, shape = STACKS[stack]
    assert plan(layers, {}, shape) == layers
    assert plan(layers, {"epochs": 40, "scaler": "standard", "learning_rate": 0.1}, shape) == layers


@pytest.mark.parametrize("stack", STACKS)
def test_setting_the_written_values_keeps_layers_and_order(stack):
    """A tweak that says what the script says adds no layer and changes no number."""
    layers, shape = STACKS[stack]
    written = EXPECTED[stack]
    planned = plan(layers, {name: value for name, value in written.items() if name != "dropout"}, shape)
    assert kinds(planned) == kinds(layers)
    assert written_values(planned, shape) == written


@pytest.mark.parametrize("stack", STACKS)
def test_planning_does_not_touch_its_input(stack):
    """The layers handed in are the same after a plan that changes all it can."""
    layers, shape = STACKS[stack]
    before = [(layer.kind, dict(layer.config), layer.changed) for layer in layers]
    plan(layers, {"dense_layers": 4, "units": 8, "dropout": 0.5, "conv_layers": 4, "filters": 4}, shape)
    assert [(layer.kind, layer.config, layer.changed) for layer in layers] == before


@pytest.mark.parametrize("stack", STACKS)
def test_new_values_are_read_back(stack):
    """After a plan, the model's written values are the ones that the tweak asked for."""
    layers, shape = STACKS[stack]
    written = EXPECTED[stack]
    asked = {"dense_layers": written.get("dense_layers", 0) + 1, "units": 48, "dropout": 0.2}
    asked |= {
        "recurrent_units": 40,
        "conv_layers": written.get("conv_layers", 0) + 2,
        "filters": 24,
        "kernel_size": 5,
        "strides": 2,
    }
    tweak = {name: value for name, value in asked.items() if name in written}
    assert written_values(plan(layers, tweak, shape), shape) == tweak


def test_a_convolution_that_is_the_output_is_left_alone():
    """A class for each pixel: new convolutions stand before it, and its filters are the classes."""
    layers = build(conv(4), RELU, conv(2, 1, activation="softmax"))
    assert written_values(layers, IMAGE)["conv_layers"] == 1
    planned = plan(layers, {"conv_layers": 2, "filters": 8}, IMAGE)
    assert [layer.config.get("filters") for layer in planned] == [8, None, 8, 2]
    assert written_values(build(conv(2, 1, activation="softmax")), IMAGE) == {}


def test_filters_keep_their_ratio():
    """Later convolutions keep their ratio to the first one."""
    layers = build(conv(16), conv(32), conv(8), FLATTEN, OUTPUT)
    planned = plan(layers, {"filters": 64}, IMAGE)
    assert values(planned, "Conv2D", "filters") == [64, 128, 32]
    assert [layer.changed for layer in planned] == [True, True, True, False, False]


def test_units_keep_their_ratio_and_leave_no_bottleneck():
    """Later dense layers keep their ratio, but none is narrower than the output layer, which keeps its own."""
    planned = plan(build(dense(128), dense(64), dense(1), OUTPUT), {"units": 64}, (30,))
    assert values(planned, "Dense", "units") == [64, 32, 10, 10]
    assert [layer.changed for layer in planned] == [True, True, True, False]


def test_a_new_layer_is_no_bottleneck():
    """Behind a single neuron comes one for each class."""
    planned = plan(build(dense(1), OUTPUT), {"dense_layers": 2}, (30,))
    assert values(planned, "Dense", "units") == [1, 10, 10]


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (build(dense(64), dense(1), OUTPUT), "Dense(1)"),
        (build(("LSTM", {"units": 3}), dense(64), OUTPUT), "LSTM(3)"),
        (build(dense(4), OUTPUT), None),
        (build(dense(1), dense(1, activation="sigmoid")), None),
        (build(OUTPUT), None),
    ],
)
def test_a_bottleneck_is_named(layers, said):
    """Neurons that cannot tell as many classes as there are; of two classes one is enough."""
    found = bottleneck(layers)
    assert (said in found and "10 classes" in found) if said else found is None


def test_penalties_keep_their_ratio():
    """The strongest gets what is asked for; layers without one are left alone."""

    def penalty(**strengths):
        return {"module": "keras.regularizers", "class_name": "L1L2", "config": strengths}

    hidden = dense(64, kernel_regularizer=penalty(l1=0.0, l2=0.5), bias_regularizer=None)
    layers = build(hidden, dense(32, activity_regularizer=penalty(l1=0.05)), OUTPUT)
    assert written_values(layers, (30,))["regularization"] == 0.5
    planned = plan(layers, {"regularization": 0.01}, (30,))
    assert planned[0].config["kernel_regularizer"] == penalty(l1=0.0, l2=0.01)
    assert planned[1].config["activity_regularizer"]["config"]["l1"] == pytest.approx(0.001)
    assert [layer.changed for layer in planned] == [True, True, False]
    assert written_values(planned, (30,))["regularization"] == 0.01
    assert "regularization" not in written_values(plan(layers, {"regularization": 0.0}, (30,)), (30,))


def test_recurrent_units_keep_their_ratio():
    """The first recurrent layer gets what is asked for; a later one keeps its ratio."""
    planned = plan(STACKS["lstm"][0], {"recurrent_units": 40}, (30, 6))
    assert values(planned, "LSTM", "units") == [40, 18]


def test_new_dense_layers_stand_before_the_output():
    """They come behind whatever follows the last hidden layer, as wide as that one."""
    planned = plan(build(dense(32), RELU, dropout(0.5), dense(10), SOFTMAX), {"dense_layers": 3}, (4,))
    assert kinds(planned) == ["Dense", "Activation", "Dropout", "Dense", "Dense", "Dense", "Activation"]
    assert values(planned, "Dense", "units") == [32, 32, 32, 10]
    assert [layer.source for layer in planned] == [0, 1, 2, None, None, 3, 4]


def test_a_first_hidden_layer_takes_the_units_asked_for():
    """Where the script has no hidden layer, a new one has the tweak's units, or 64."""
    layers, shape = STACKS["no hidden"]
    assert values(plan(layers, {"dense_layers": 1}, shape), "Dense", "units") == [64, 10]
    assert values(plan(layers, {"dense_layers": 2, "units": 128}, shape), "Dense", "units") == [128, 128, 10]


def test_layers_are_never_taken_away():
    """Fewer layers than the script has are not planned."""
    layers, shape = STACKS["conv"]
    assert plan(layers, {"dense_layers": 0, "conv_layers": 1}, shape) == layers


def test_dropout_is_put_behind_each_hidden_layer():
    """Where there is none, each hidden dense layer gets one, new layers included; the output gets none."""
    planned = plan(build(FLATTEN, dense(32), OUTPUT), {"dense_layers": 2, "dropout": 0.25}, IMAGE)
    assert kinds(planned) == ["Flatten", "Dense", "Dropout", "Dense", "Dropout", "Dense"]
    assert values(planned, "Dropout", "rate") == [0.25, 0.25]


def test_dropout_of_the_script_is_changed_in_place():
    """Dropout behind a hidden layer takes the new rate, also zero; dropout among convolutions is left alone."""
    layers = build(conv(8), dropout(0.1), FLATTEN, dense(32), dropout(0.5), OUTPUT)
    for rate in (0.25, 0.0):
        planned = plan(layers, {"dropout": rate}, IMAGE)
        assert kinds(planned) == kinds(layers)
        assert values(planned, "Dropout", "rate") == [0.1, rate]


def test_no_dropout_without_a_hidden_layer():
    """A rate with nothing to stand behind changes nothing."""
    layers, shape = STACKS["no hidden"]
    assert plan(layers, {"dropout": 0.5}, shape) == layers


def test_new_convolutions_follow_the_last_one_and_shrink_nothing():
    """They stand behind what belongs to the last convolution, before its pooling, padded and with step one."""
    layers = build(conv(16, strides=2), POOL, conv(32, strides=2), NORM, RELU, POOL, FLATTEN, OUTPUT)
    planned = plan(layers, {"conv_layers": 4}, IMAGE)
    assert kinds(planned)[2:7] == ["Conv2D", "BatchNormalization", "Activation", "Conv2D", "Conv2D"]
    assert kinds(planned)[7:] == ["MaxPooling2D", "Flatten", "Dense"]
    for layer in planned[5:7]:
        assert (layer.config["padding"], layer.config["strides"], layer.config["filters"]) == ("same", 1, 32)


def test_an_added_convolution_is_of_the_same_kind():
    """A one-dimensional stack stays one-dimensional and keeps its data format."""
    written = {"filters": 4, "kernel_size": (3,), "strides": (1,), "data_format": "channels_last"}
    planned = plan(build(("Conv1D", written), FLATTEN, OUTPUT), {"conv_layers": 2, "kernel_size": 5}, (30, 6))
    assert kinds(planned) == ["Conv1D", "Conv1D", "Flatten", "Dense"]
    assert list(planned[0].config["kernel_size"]) == [5]
    assert planned[1].config["data_format"] == "channels_last"


def test_strides_belong_to_the_first_convolution():
    """Only the first step changes; the kernel changes everywhere."""
    planned = plan(build(conv(8), conv(8), FLATTEN, OUTPUT), {"strides": 2, "kernel_size": 5}, IMAGE)
    assert [list(pair) for pair in values(planned, "Conv2D", "strides")] == [[2, 2], [1, 1]]
    assert [list(pair) for pair in values(planned, "Conv2D", "kernel_size")] == [[5, 5], [5, 5]]


def test_convolutions_in_front_of_a_flat_image():
    """An image that is flattened at once gets convolutions before the flattening; only the first may stride."""
    layers, shape = STACKS["flat image"]
    planned = plan(layers, {"conv_layers": 2, "filters": 16, "strides": 2}, shape)
    assert kinds(planned) == ["Conv2D", "Conv2D", "Flatten", "Dense", "Dense"]
    assert values(planned, "Conv2D", "strides") == [2, 1]
    assert values(planned, "Conv2D", "filters") == [16, 16]


def test_an_image_without_channels_gets_one():
    """(8, 8) becomes (8, 8, 1) in front of the first convolution, and only there."""
    layers, shape = STACKS["flat square"]
    planned = plan(layers, {"conv_layers": 1}, shape)
    assert kinds(planned) == ["Reshape", "Conv2D", "Flatten", "Dense"]
    assert planned[0].config["target_shape"] == (8, 8, 1)


@pytest.mark.parametrize("shape", [(64,), (3, 40), (None, 8), (2, 2, 3), (4, 4, 4, 1)])
def test_no_convolutions_where_no_image_is(shape):
    """A row that is no picture of at least 4 × 4 gets none, whatever the tweak says."""
    layers = build(FLATTEN, OUTPUT)
    assert "conv_layers" not in written_values(layers, shape)


def test_layers_that_are_not_known_are_left_alone():
    """Their numbers keep, even where a knob has the same name."""
    layers, shape = STACKS["unknown"]
    planned = plan(layers, {"units": 8, "filters": 64, "dropout": 0.1, "dense_layers": 1}, shape)
    assert planned[:2] == layers[:2]


def test_the_output_layer_is_the_last_dense_one():
    """Only activations may stand behind it; anything else means that there is no output layer to speak of."""
    assert output_place(build(dense(3), SOFTMAX)) == 0
    assert output_place(build(dense(3), dense(4))) == 1
    assert output_place(build(dense(3), FLATTEN)) is None
    assert output_place([]) is None


def test_same_padding_pads_what_shrinks():
    """Convolutions and poolings are padded and marked, what is padded already or shrinks nothing is not."""
    layers = build(conv(8), conv(8, padding="same"), POOL, ("GlobalMaxPooling2D", {}), FLATTEN, OUTPUT)
    padded = same_padding(layers)
    assert [layer.changed for layer in padded] == [True, False, True, False, False, False]
    assert {layer.config["padding"] for layer in padded[:3]} == {"same"}


def test_altering_to_the_same_values_is_no_change():
    """A layer that already has a value is not made anew for it."""
    layer = LayerFact("Dense", {"units": 3})
    assert layer.alter(units=3) is layer
    assert layer.alter(units=4) == LayerFact("Dense", {"units": 4}, None, changed=True)


def test_the_written_kernel_is_no_change():
    """Saying a kernel size as the script has it keeps the weights, though Keras writes it as a tuple."""
    layers = build(conv(8, kernel=3), FLATTEN, OUTPUT)
    assert plan(layers, {"kernel_size": 3, "strides": 1}, IMAGE) == layers
