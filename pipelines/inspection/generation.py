"""Which Keras a script was written for, told by what only one of Keras 2.12 and Keras 3 accepts.

The names were read off the installed packages (see tests/inspection/test_generation.py, which asks them again).
What both run is no sign: such scripts go to the newest, unless the source pins an older one.
"""

import re
from collections.abc import Iterator

from .accounts import Generation, Place
from .facts import MAIN, ModuleFacts
from .flow import Flow
from .origins import Made, Name
from .pins import pinned_generation
from .reach import Reach
from .terms import Attribute, Call, Imported, Read, Term


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# By the part of Keras that they were in; what is gone from `import keras` only has `keras.` before it.
GONE = {
    "": _words("engine objectives initializations legacy wrappers estimator experimental"),
    "layers": _words(
        "CuDNNGRU CuDNNLSTM LocallyConnected1D LocallyConnected2D DenseFeatures Merge MaxoutDense Highway"
    ),
    "keras.layers": _words("ThresholdedReLU"),
    "models": _words("model_from_yaml"),
    "utils": _words(
        "np_utils generic_utils vis_utils data_utils layer_utils io_utils conv_utils training_utils visualize_util "
        "multi_gpu_utils multi_gpu_model HDF5Matrix print_summary GeneratorEnqueuer OrderedEnqueuer"
    ),
    "backend": _words(
        "function placeholder learning_phase set_learning_phase in_train_phase in_test_phase get_session set_session "
        "tensorflow_backend image_dim_ordering set_image_dim_ordering manual_variable_initialization reset_uids"
    ),
    "callbacks": _words("BaseLogger"),
    "optimizers": _words("legacy TFOptimizer experimental"),
    "keras.initializers": _words("normal uniform zero one"),
    "keras.constraints": _words("maxnorm nonneg unitnorm"),
    "keras.losses": _words("mse mae mape msle bce kld logcosh kullback_leibler_divergence"),
    "keras.metrics": _words("mse mae mape msle bce"),
    "keras.preprocessing": _words("text"),
    "keras.preprocessing.image": _words("ImageDataGenerator Iterator DirectoryIterator NumpyArrayIterator"),
    "keras.preprocessing.sequence": _words("TimeseriesGenerator skipgrams make_sampling_table"),
}
KERAS_3_BACKEND = _words(
    "backend clear_session epsilon floatx get_uid image_data_format is_float_dtype is_int_dtype is_keras_tensor "
    "result_type set_epsilon set_floatx set_image_data_format standardize_dtype"
)
NEW = {
    "": _words(
        "ops random src distribution quantizers dtype_policies tree remat Variable KerasTensor Operation Function "
        "StatelessScope name_scope version config"
    ),
    "utils": _words("PyDataset"),
    "metrics": _words("F1Score FBetaScore R2Score PearsonCorrelation"),
    "losses": _words("CTC Dice Tversky Circle CategoricalFocalCrossentropy"),
    "optimizers": _words("Lion Lamb Muon"),
}
LAYER_FUNCTIONS = _words("add average concatenate deserialize dot maximum minimum multiply serialize subtract")
TENSORFLOW_1 = _words(
    "Session InteractiveSession ConfigProto GPUOptions set_random_seed random.set_random_seed logging "
    "get_default_graph reset_default_graph enable_eager_execution "
    "global_variables_initializer compat.v1.keras compat.v1.disable_eager_execution compat.v1.disable_v2_behavior "
    "compat.v1.disable_v2_tensorshape"
)
METHODS = _words("fit_generator evaluate_generator predict_generator predict_classes")
LAYER_KEYWORDS = _words(
    "batch_input_shape init inner_init inner_activation W_regularizer b_regularizer U_regularizer W_constraint "
    "b_constraint activity_init border_mode subsample subsample_length nb_filter nb_row nb_col filter_length "
    "pool_length dropout_W dropout_U consume_less dim_ordering p"
)
KEYWORDS = {
    "keras.optimizers": _words("lr decay"),
    "keras.Model": _words("input output"),
    "keras.callbacks.ModelCheckpoint": _words("period"),
    "keras.callbacks.TensorBoard": _words("write_grads batch_size"),
    "keras.layers.BatchNormalization": _words("mode"),
    "keras.layers.Dense": _words("output_dim weights bias"),
    "keras.layers.LSTM": _words("output_dim"),
    "keras.layers.GRU": _words("output_dim"),
    "keras.layers.GaussianNoise": _words("sigma"),
}
METHOD_KEYWORDS = {
    "fit": _words("nb_epoch workers use_multiprocessing max_queue_size"),
    "predict": _words("workers use_multiprocessing max_queue_size"),
    "evaluate": _words("workers use_multiprocessing max_queue_size"),
    "compile": _words("sample_weight_mode"),
}
_ROOT = re.compile(r"^(tensorflow(?:\.compat\.v[12])?\.)?keras\b\.?")
_OLD_ACCURACY = re.compile(r"""\[\s*["'](?:val_)?acc["']\s*\]""")


def generation(reach: Reach, flow: Flow) -> Generation:
    """Say which Keras what takes part when `reach.entry` is run was written for."""
    found = list(_signs(reach, flow))
    for number in (3, 2):  # what is new cannot be had on Keras 2 at all, what is old may stand in a `try`
        first = next((sign for sign in found if sign.number == number), None)
        if first:
            return first
    return pinned_generation(reach.library.root, reach.entry) or Generation(3)


def _signs(reach: Reach, flow: Flow) -> Iterator[Generation]:
    for (file, _), scope in reach.scopes.items():
        for dotted, line in scope.imports:
            if reach.library.imports.find(file, dotted) is None:
                yield from _of_name(dotted, Place(file, line))
    for file, scope, call in flow.calls():
        facts = reach.library.facts(file)
        place = Place(file, call.line)
        if facts is not None:
            yield from _of_name(_dotted(call.function, facts, scope.name), place)
        for origin in flow.callees[call]:
            if isinstance(origin, Name) and origin.name.startswith("keras."):
                yield from _of_keywords(origin.name, call, place)
        yield from _of_method(flow, call, file, place)
    for file in reach.files:
        facts = reach.library.facts(file)
        if facts is not None:
            yield from _of_texts(facts)


def _dotted(term: Term, facts: ModuleFacts, scope: str) -> str:
    """Give the name of what is called as it was imported: `K.function` is `keras.backend.function`."""
    rest: list[str] = []
    while isinstance(term, Attribute):
        rest.insert(0, term.name)
        term = term.base
    if not isinstance(term, Read):
        return ""
    home: str | None = scope
    while home is not None:
        for value in facts.definitions.get(("" if home == MAIN else home, term.name), []):
            if isinstance(value, Imported):
                return ".".join((value.name, *rest))
        home = facts.scopes[home].parent if home in facts.scopes else None
    return ""


def _of_name(dotted: str, place: Place) -> Iterator[Generation]:
    if dotted.startswith(("tensorflow.python.keras", "keras_preprocessing", "keras_applications")):
        yield Generation(2, place, ".".join(dotted.split(".")[:3]))
        return
    if dotted.startswith("tensorflow."):
        inner = dotted.removeprefix("tensorflow.")
        old = next((name for name in TENSORFLOW_1 if f"{inner}.".startswith(f"{name}.")), None)
        if old:
            yield Generation(2, place, f"tensorflow.{old}")
            return
    root = _ROOT.match(dotted)
    if not root:
        return
    parts = dotted[root.end() :].split(".")
    for depth, name in enumerate(parts):
        home = ".".join(parts[:depth])
        homes = (home,) if root.group(1) else (home, f"keras.{home}" if home else "")
        shown = f"{root.group().rstrip('.')}.{'.'.join(parts[: depth + 1])}"
        if any(name in GONE.get(key, ()) for key in homes) or _is_old_module(home, name, is_tf=bool(root.group(1))):
            yield Generation(2, place, shown)
        if name in NEW.get(home, ()):
            yield Generation(3, place, shown)


def _is_old_module(home: str, name: str, *, is_tf: bool) -> bool:
    if home == "layers":
        return name.islower() and name not in LAYER_FUNCTIONS
    return home == "backend" and not is_tf and name not in KERAS_3_BACKEND and name != ""


def _of_keywords(name: str, call: Call, place: Place) -> Iterator[Generation]:
    given = {keyword for keyword, _ in call.keywords}
    known = KEYWORDS.get(name, frozenset())
    if name.startswith("keras.optimizers.") and "schedules" not in name:
        known |= KEYWORDS["keras.optimizers"]
    if name.startswith("keras.layers."):
        known |= LAYER_KEYWORDS
    short = name.rpartition(".")[2]
    yield from (Generation(2, place, f"{short}({keyword}=)") for keyword in sorted(given & known))
    if short == "ModelCheckpoint":
        constants = dict(call.constants)
        path = constants.get("filepath", constants.get("0"))
        ending = ".weights.h5" if constants.get("save_weights_only") is True else (".keras", ".h5")
        if isinstance(path, str) and not path.endswith(ending):
            yield Generation(2, place, f"ModelCheckpoint({path!r})")


def _of_method(flow: Flow, call: Call, file: str, place: Place) -> Iterator[Generation]:
    if not isinstance(call.function, Attribute):
        return
    name = call.function.name
    if name in METHODS:
        yield Generation(2, place, name)
    given = {keyword for keyword, _ in call.keywords}
    for keyword in sorted(given & METHOD_KEYWORDS.get(name, frozenset())):
        yield Generation(2, place, f"{name}({keyword}=)")
    path = dict(call.constants).get("0")
    if name == "save_weights" and isinstance(path, str) and not path.endswith(".weights.h5"):
        yield Generation(2, place, f"save_weights({path!r})")
    if name == "save" and isinstance(path, str) and not path.endswith((".keras", ".h5", ".hdf5")):
        origins = flow.trace(call.function.base, file)
        if any(isinstance(origin, Made) and origin.name in ("keras.Sequential", "keras.Model") for origin in origins):
            yield Generation(2, place, f"save({path!r})")


def _of_texts(facts: ModuleFacts) -> Iterator[Generation]:
    """Judge what stands in variables and indices."""
    attributes = {name for scope in facts.scopes.values() for name in scope.attributes}
    used = {names[-1] for scope in facts.scopes.values() for names in scope.used} | attributes
    if "accuracy" in facts.strings and "val_accuracy" not in facts.strings:
        for number, line in enumerate(facts.lines, 1):
            match = _OLD_ACCURACY.search(line)
            if match and not line.lstrip().startswith("#") and "metrics" not in line:
                yield Generation(2, Place(facts.path, number), f"history{match.group()}")
    weights = "save_weights" in attributes and not any(text.endswith(".weights.h5") for text in facts.strings)
    old = [text for text in facts.strings if text.endswith(".hdf5") or (weights and text.endswith(".h5"))]
    if old and (weights or "ModelCheckpoint" in used):
        for number, line in enumerate(facts.lines, 1):
            text = next((text for text in old if text in line), None)
            if text and not line.lstrip().startswith("#"):
                yield Generation(2, Place(facts.path, number), f"weights in {text!r}")
                return
