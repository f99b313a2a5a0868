"""What Keras 2.12 lacks of the versions before it, back to Keras 1; see :mod:`mlprojects.sandbox.renames`."""

from __future__ import annotations

import contextlib
import importlib
import itertools
import math
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from sklearn.base import BaseEstimator

from mlprojects.keras import framework
from mlprojects.sandbox import renames
from mlprojects.sandbox.renames import Arguments, Call, Gone, Module, Name, Row

_V1 = tf.compat.v1
# Reached as attributes after a mere `import keras`, as they were before.
for _name in (
    "applications", "constraints", "datasets", "preprocessing.image", "preprocessing.sequence", "preprocessing.text",
    "regularizers", "utils.np_utils", "wrappers.scikit_learn",
    *(f"datasets.{name}" for name in ("boston_housing", "cifar10", "cifar100", "fashion_mnist", "imdb", "mnist")),
    *(f"applications.{name}" for name in ("inception_v3", "mobilenet", "vgg16", "vgg19", "xception")),
):  # fmt: skip
    importlib.import_module(f"keras.{_name}")
# Keras 1's names of layer arguments. "p", "sigma" and "output_dim" mean different things in different layers.
_LAYER_ARGUMENTS = {
    "init": "kernel_initializer", "inner_init": "recurrent_initializer", "inner_activation": "recurrent_activation",
    "W_regularizer": "kernel_regularizer", "b_regularizer": "bias_regularizer",
    "U_regularizer": "recurrent_regularizer", "W_constraint": "kernel_constraint", "b_constraint": "bias_constraint",
    "bias": "use_bias", "border_mode": "padding", "subsample": "strides", "subsample_length": "strides",
    "nb_filter": "filters", "filter_length": "kernel_size", "pool_length": "pool_size", "stride": "strides",
    "dropout_W": "dropout", "dropout_U": "recurrent_dropout", "p": "rate", "sigma": "stddev",
    "dim_ordering": "data_format", "output_dim": "units", "beta_init": "beta_initializer",
    "gamma_init": "gamma_initializer",
}  # fmt: skip
_OF_EMBEDDING = {
    "output_dim": "output_dim", "init": "embeddings_initializer", "W_regularizer": "embeddings_regularizer",
    "W_constraint": "embeddings_constraint",
}  # fmt: skip
_ORDERINGS = {"tf": "channels_last", "th": "channels_first", "default": None}
_LAYERS = (
    "Dense", "Dropout", "GaussianNoise", "GaussianDropout", "LSTM", "GRU", "SimpleRNN", "Conv1D", "Conv2D", "Conv3D",
    "SeparableConv2D", "Conv2DTranspose", "MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D",
    "UpSampling2D", "ZeroPadding2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "Flatten", "BatchNormalization",
    "SpatialDropout2D", "Embedding",
)  # fmt: skip
_GENERATOR_ARGUMENTS = {
    "nb_epoch": "epochs", "nb_worker": "workers", "max_q_size": "max_queue_size", "pickle_safe": "use_multiprocessing",
}  # fmt: skip


def install() -> None:
    """Install the rows, and what is more than a name."""
    renames.install(ROWS)
    _legacy_optimizers()
    _models_by_input_and_output()
    _checkpoints_of_accuracy()
    _graphs_of_the_fork()


def _layer_arguments(kind: str) -> Callable[[tuple[Any, ...], dict[str, Any]], Arguments | None]:
    """Arguments of Keras 1; a call without any of their names is left alone."""
    names = {**_LAYER_ARGUMENTS, **(_OF_EMBEDDING if kind == "Embedding" else {})}

    def change(args: tuple[Any, ...], given: dict[str, Any]) -> Arguments | None:
        if given.keys().isdisjoint({*names, "nb_row", "nb_col", "mode", "consume_less"}):
            return None
        if given.pop("mode", 0) != 0:
            raise ValueError("BatchNormalization(mode=...) is gone: only mode 0 is left")
        given.pop("consume_less", None)
        if "dim_ordering" in given:
            given["dim_ordering"] = _ORDERINGS.get(given["dim_ordering"], given["dim_ordering"])
        if kind.endswith("2D") and "Conv" in kind:
            rows, columns = given.pop("nb_row", None), given.pop("nb_col", None)
            if len(args) >= 3:
                args, rows, columns = (args[0], *args[3:]), args[1], args[2]
            if rows is not None:
                given["kernel_size"] = (rows, columns)
        return args, {names.get(name, name): value for name, value in given.items()}

    return change


def _epochs(args: tuple[Any, ...], given: dict[str, Any]) -> Arguments | None:
    if "nb_epoch" not in given:
        return None
    return args, {("epochs" if name == "nb_epoch" else name): value for name, value in given.items()}


def _generator_arguments(args: tuple[Any, ...], given: dict[str, Any]) -> Arguments | None:
    """Keras 1 counted samples where Keras 2 counts batches."""
    counted = {"samples_per_epoch": "steps_per_epoch", "nb_val_samples": "validation_steps", "val_samples": "steps"}
    if given.keys().isdisjoint({*_GENERATOR_ARGUMENTS, *counted}):
        return None
    given = {_GENERATOR_ARGUMENTS.get(name, name): value for name, value in given.items()}
    source = given.get("generator", args[0] if args else None)
    for old, new in counted.items():
        if old in given:
            if new == "validation_steps":
                given["validation_data"], size = _batch_size(given.get("validation_data"))
            else:
                source, size = _batch_size(source)
            samples = given.pop(old)
            if size:
                given[new] = math.ceil(samples / size)
    if "generator" in given:
        given["generator"] = source
    elif args:
        args = (source, *args[1:])
    return args, given


def _batch_size(source: Any) -> tuple[Any, int]:
    """A source of batches, from its start, and how many rows a batch has (0: it is no source of batches)."""
    size = getattr(source, "batch_size", 0)
    if not size and hasattr(source, "__next__"):
        first = next(source)
        source, size = itertools.chain([first], source), len(first[0])
    return source, int(size)


def _merge(inputs: Any, mode: str = "sum", concat_axis: int = -1, dot_axes: int = -1, **options: Any) -> Any:
    """``keras.layers.merge`` of Keras 1."""
    layers = keras.layers
    if mode == "concat":
        return layers.concatenate(inputs, axis=concat_axis, **options)
    if mode == "dot":
        return layers.dot(inputs, axes=dot_axes, **options)
    kinds = {"sum": layers.add, "mul": layers.multiply, "ave": layers.average, "max": layers.maximum}
    if mode not in kinds:
        raise ValueError(f"merge(mode={mode!r}) is gone: keras.layers.Lambda can do it")
    return kinds[mode](inputs, **options)


def _legacy_optimizers() -> None:
    """``tf.keras`` optimizers of 2.11 and later ignore ``lr`` and refuse ``decay``; the older ones took both."""
    for name in ("Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "RMSprop", "SGD"):
        cls, legacy = getattr(tf.keras.optimizers, name), getattr(tf.keras.optimizers.legacy, name)
        _give_way(cls, legacy)


def _give_way(cls: Any, legacy: Any) -> None:
    init, new = cls.__init__, cls.__new__

    def make(kind: Any, *args: Any, **kwargs: Any) -> Any:
        if kind is cls and "decay" in kwargs:
            return legacy(*args, **kwargs)
        return object.__new__(kind) if new is object.__new__ else new(kind, *args, **kwargs)

    def fill(optimizer: Any, *args: Any, **kwargs: Any) -> None:
        if "lr" in kwargs and "learning_rate" not in kwargs and not args:
            kwargs["learning_rate"] = kwargs.pop("lr")
        init(optimizer, *args, **kwargs)

    cls.__new__, cls.__init__ = staticmethod(make), fill


def _models_by_input_and_output() -> None:
    """``Model(input=..., output=...)``."""
    functional = importlib.import_module("keras.engine.functional").Functional
    new, init = keras.Model.__new__, functional.__init__
    old = {"input": "inputs", "output": "outputs"}

    def make(cls: Any, *args: Any, **kwargs: Any) -> Any:
        if cls is keras.Model and not old.keys().isdisjoint(kwargs):
            return cls(*args, **{old.get(name, name): value for name, value in kwargs.items()})
        return new(cls, *args, **kwargs)

    def fill(model: Any, *args: Any, **kwargs: Any) -> None:
        if old.keys().isdisjoint(kwargs):  # else it was made above, and is filled already
            init(model, *args, **kwargs)

    keras.Model.__new__, functional.__init__ = staticmethod(make), fill


def _checkpoints_of_accuracy() -> None:
    """A checkpoint that watches or names ``val_acc`` is written; training itself does not change by it."""
    original = keras.callbacks.ModelCheckpoint._save_model

    def save(callback: Any, epoch: int, batch: Any, logs: Any) -> Any:
        known = logs or {}
        named = {old: known[new] for old, new in framework.ACCURACY.items() if new in known}
        return original(callback, epoch=epoch, batch=batch, logs={**named, **known})

    keras.callbacks.ModelCheckpoint._save_model = save


def _graphs_of_the_fork() -> None:
    """The TensorBoard of ``tensorflow.python.keras`` cannot draw the graph any more, and goes without."""
    callback = importlib.import_module("tensorflow.python.keras.callbacks").TensorBoard
    original = callback._write_keras_model_train_graph

    def write(self: Any) -> None:
        with contextlib.suppress(AttributeError):
            original(self)

    callback._write_keras_model_train_graph = write


_LAYER_MODULES = (
    "core", "convolutional", "recurrent", "embeddings", "noise", "merge", "advanced_activations", "normalization",
    "pooling", "wrappers", "local", "convolutional_recurrent", "cudnn_recurrent",
)  # fmt: skip
_ROOTS = ("keras", "tensorflow.keras")
_OWN = "tensorflow.python.keras.optimizer_v2"
_OPTIMIZERS = {
    "Adadelta": "adadelta", "Adagrad": "adagrad", "Adam": "adam", "Adamax": "adamax", "Nadam": "nadam",
    "RMSprop": "rmsprop", "SGD": "gradient_descent",
}  # fmt: skip
MODULES: list[Row] = [
    *(Module(f"{root}.layers.{name}", (f"{root}.layers",)) for root in _ROOTS for name in _LAYER_MODULES),
    *(Module(f"tensorflow.python.keras.{name}", (f"keras.{name}",)) for name in (
        "datasets", "datasets.mnist", "datasets.cifar10", "datasets.fashion_mnist",
        "datasets.cifar100", "datasets.boston_housing", "datasets.imdb", "datasets.reuters", "preprocessing",
        "preprocessing.image", "preprocessing.sequence", "preprocessing.text", "wrappers.scikit_learn",
    )),
    Module("tensorflow.keras.utils.np_utils", ("keras.utils.np_utils",)),
    Module("tensorflow.python.keras.wrappers", ()),
    Module("keras.backend.tensorflow_backend", ("keras.backend",)),
    Module("keras.engine.topology", ("keras.engine.base_layer", "keras.engine.input_layer", "keras.models")),
    Module("keras.applications.resnet50", ("keras.applications.resnet",)),
    Module("keras.initializations", ("keras.initializers",)),
    Module("keras.objectives", ("keras.losses",)),
    Module("keras.utils.visualize_util", (), {"plot": keras.utils.plot_model}),
    Module("keras_preprocessing", ("keras.preprocessing",)),
    *(Module(f"keras_preprocessing.{name}", (f"keras.preprocessing.{name}",))
      for name in ("image", "text", "sequence")),
    Module("keras.layers.experimental", ("keras.layers",)),
    Module("keras.layers.experimental.preprocessing", ("keras.layers",)),
]  # fmt: skip
NAMES: list[Row] = [
    # scikit-learn asks its estimators for these; Keras' wrappers never said that they are classifiers.
    Name("keras.wrappers.scikit_learn.BaseWrapper.__sklearn_tags__", lambda _: BaseEstimator().__sklearn_tags__()),
    Name("keras.wrappers.scikit_learn.BaseWrapper.__sklearn_is_fitted__", lambda wrapper: hasattr(wrapper, "model")),
    *(Name(f"keras.preprocessing.image.{name}", getattr(keras.utils, name))
      for name in ("load_img", "img_to_array", "array_to_img", "save_img")),
    Name("keras.preprocessing.sequence.pad_sequences", keras.utils.pad_sequences),
    Name("keras.layers.normalization.BatchNormalization", keras.layers.BatchNormalization),
    *(Name(f"keras.layers.normalization.{name}", getattr(keras.layers, name))
      for name in ("LayerNormalization", "UnitNormalization")),
    *(Name(f"keras.engine.{name}", getattr(keras.layers, name))
      for name in ("Layer", "InputSpec", "Input", "InputLayer")),
    Name("keras.engine.Model", keras.Model),
    Name("keras.layers.merge", _merge),
    Name("keras.backend.set_image_dim_ordering", lambda name: keras.backend.set_image_data_format(_ORDERINGS[name])),
    Name("keras.backend.image_dim_ordering",
         lambda: "th" if keras.backend.image_data_format() == "channels_first" else "tf"),
    Name("tensorflow.keras.backend.set_session", keras.backend.set_session),
    Name("tensorflow.keras.backend.get_session", keras.backend.get_session),
    *(Name(f"tensorflow.{name}", getattr(_V1, name)) for name in (
        "set_random_seed", "logging", "ConfigProto", "GPUOptions", "Session", "InteractiveSession",
        "get_default_graph", "reset_default_graph", "global_variables_initializer",
        "enable_eager_execution",
    )),
    *(Name(f"tensorflow.python.keras.optimizers.{name}", getattr(importlib.import_module(f"{_OWN}.{module}"), name))
      for name, module in _OPTIMIZERS.items()),
    Name("tensorflow.python.keras.utils.to_categorical", keras.utils.to_categorical),
    Name("tensorflow.random.set_random_seed", _V1.set_random_seed),
    Name("keras.regularizers.WeightRegularizer", keras.regularizers.L1L2),
    Name("keras.regularizers.activity_l2", keras.regularizers.l2),
    Name("keras.regularizers.activity_l1", keras.regularizers.l1),
]  # fmt: skip
REASONS: list[Row] = [
    *(
        Gone(f"tensorflow.python.keras.layers.{name}", "tensorflow.keras has it: import all of Keras from there")
        for name in ("BatchNormalization", "Bidirectional", "LayerNormalization")
    ),
    Gone("keras.layers.Merge", "keras.layers.concatenate, add and their like in a functional model replaced it"),
    Gone("keras.layers.MaxoutDense", "there is nothing like it in Keras any more"),
    Gone("keras.layers.Highway", "there is nothing like it in Keras any more"),
    Gone("keras.utils.multi_gpu_model", "tf.distribute.MirroredStrategy replaced it; here is no GPU"),
    Gone("keras.utils.HDF5Matrix", "h5py.File replaced it"),
]
CALLS: list[Row] = [
    *(Call(f"keras.layers.{kind}.__init__", _layer_arguments(kind)) for kind in _LAYERS),
    *(Call(f"{owner.__module__}.{owner.__qualname__}.{name}", change)
      for name, change in {
          "fit": _epochs, "fit_generator": _generator_arguments, "evaluate_generator": _generator_arguments,
          "predict_generator": _generator_arguments,
      }.items()
      for owner in framework.owners(name)),
]  # fmt: skip
ROWS: list[Row] = [*MODULES, *NAMES, *REASONS, *CALLS]
