"""What the canonical names stand for: data, and the look-ups in it."""

from enum import Enum
from typing import NamedTuple

from .terms import ANY


class Part(Enum):
    """The part something plays when it is fitted."""

    MODEL = "model"
    WEAK = "weak model"  # counts as the thing trained only where nothing else is: clusterers, baselines
    CONTAINER = "container"  # judged by its content
    LAYER = "layer"
    HELPER = "helper"


class Role(NamedTuple):
    """Family ("sklearn", "keras" or "unsupported") and part of a name."""

    family: str
    part: Part


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


UNSUPPORTED = {
    "xgboost": "XGBoost", "lightgbm": "LightGBM", "catboost": "CatBoost", "ngboost": "NGBoost",
    "torch": "PyTorch", "lightning": "PyTorch Lightning", "fastai": "fastai", "skorch": "skorch",
    "pytorch_tabnet": "PyTorch", "ultralytics": "PyTorch", "jax": "JAX", "flax": "Flax", "optax": "Optax",
    "haiku": "Haiku", "autokeras": "AutoKeras", "statsmodels": "statsmodels", "transformers": "transformers",
    "sentence_transformers": "transformers", "simpletransformers": "transformers", "trl": "transformers",
    "peft": "transformers", "pyspark": "PySpark ML", "tflearn": "TFLearn", "mxnet": "MXNet",
    "chainer": "Chainer", "paddle": "PaddlePaddle", "theano": "Theano", "lasagne": "Lasagne", "h2o": "H2O",
    "cuml": "cuML", "tpot": "TPOT", "autosklearn": "auto-sklearn", "pycaret": "PyCaret",
    "autogluon": "AutoGluon", "stable_baselines3": "Stable-Baselines3", "thundersvm": "ThunderSVM",
    "tensorflow_decision_forests": "TensorFlow Decision Forests", "prophet": "Prophet", "fbprophet": "Prophet",
    "lazypredict": "LazyPredict",
    "flaml": "FLAML", "evalml": "EvalML", "supervised": "MLJAR", "surprise": "Surprise", "hmmlearn": "hmmlearn",
    "turicreate": "Turi Create", "sklearn_crfsuite": "CRFsuite", "pgmpy": "pgmpy", "lightfm": "LightFM",
    "implicit": "implicit", "tensorforce": "Tensorforce", "neat": "NEAT", "darts": "Darts", "pmdarima": "pmdarima",
    "neuralprophet": "NeuralProphet", "river": "River", "fasttext": "fastText", "tinygrad": "tinygrad",
    "mindspore": "MindSpore", "oneflow": "OneFlow", "jittor": "Jittor", "cntk": "CNTK", "caffe": "Caffe",
    "neupy": "NeuPy", "tensorlayer": "TensorLayer", "sonnet": "Sonnet", "pybrain": "PyBrain", "libsvm": "LIBSVM",
    "svmutil": "LIBSVM",
    "pymc3": "PyMC", "pymc": "PyMC", "gpflow": "GPflow", "GPy": "GPy", "torch_geometric": "PyTorch", "dgl": "DGL",
}  # fmt: skip
LEARNING_ROOTS = _words("keras tensorflow tf_keras sklearn scikeras keras_tuner imblearn numpy pandas scipy")

# The framework's own verbs, for what is known to come from one that is not supported.
UNSUPPORTED_VERBS = _words(
    "fit train cv learn fit_one_cycle fine_tune finetune partial_fit fit_predict update compare_models create_model "
    "train_supervised train_unsupervised svm_train optimize_loss cross_validate "
    "train_and_evaluate"
)
SERVING = _words(
    "flask fastapi uvicorn streamlit gradio dash django bottle tornado aiohttp sanic tkinter PyQt5 PyQt6 PySide2 "
    "PySide6 kivy telegram discord chainlit rest_framework flask_restful starlette"
)
ORCHESTRATORS = {"airflow": "Airflow", "kfp": "Kubeflow Pipelines", "kedro": "Kedro", "dagster": "Dagster"}
SESSIONS = _words("tensorflow.Session tensorflow.InteractiveSession keras.backend.get_session")
BACKWARD_ROOTS = _words(
    "torch lightning mxnet paddle chainer mindspore oneflow jittor tinygrad transformers accelerate"
)
TRAINING_METHODS = _words("fit fit_generator train_on_batch partial_fit fit_predict search")
KERAS_METHODS = _words("fit_generator train_on_batch")
KERAS_FIT_OPTIONS = _words(
    "epochs nb_epoch batch_size validation_data validation_split callbacks steps_per_epoch validation_steps"
)
GRADIENT_METHODS = _words("apply_gradients minimize apply assign_sub")
TRAINING_FUNCTIONS = frozenset(
    f"sklearn.model_selection.{name}"
    for name in _words(
        "cross_val_score cross_validate cross_val_predict learning_curve validation_curve permutation_test_score"
    )
)
# What shows that a fitted estimator is a model of its own, and what shows that it serves another's features.
VERDICTS = _words("predict predict_proba predict_log_proba decision_function score")
KEEPERS = TRAINING_FUNCTIONS | _words("joblib.dump pickle.dump pickle.dumps cloudpickle.dump dill.dump")
VIEWS = _words("feature_importances_ coef_ support_ ranking_ get_support")
# Methods that give the object itself back (or, for collections, their members), attributes likewise.
FLUENT_METHODS = _words("fit partial_fit set_params compile to cuda items values get pop copy setdefault from_config")
TRANSPARENT_ATTRIBUTES = _words("best_estimator_ estimator estimator_ named_steps steps estimators_ model model_")
# Functions whose result holds their arguments.
MAKERS = _words("collections.namedtuple dataclasses.field attr.ib attrs.field")
TRANSPARENT_FUNCTIONS = _words(
    "keras.utils.multi_gpu_model tensorflow.function "
    "builtins.zip builtins.enumerate builtins.list builtins.tuple builtins.dict builtins.sorted "
    "builtins.reversed builtins.iter builtins.next builtins.set builtins.filter builtins.map copy.copy "
    "copy.deepcopy functools.partial itertools.chain itertools.product itertools.zip_longest tqdm.tqdm "
    "tqdm.auto.tqdm tqdm.notebook.tqdm sklearn.base.clone collections.OrderedDict collections.defaultdict "
    "types.SimpleNamespace joblib.delayed"
)
INSTANTIATORS = _words("hydra.utils.instantiate hydra.utils.call hydra_zen.instantiate")
LOADERS = _words("pickle.load pickle.loads joblib.load dill.load cloudpickle.load builtins.eval builtins.getattr")

_SKLEARN_MODELS = _words(
    "svm linear_model tree ensemble naive_bayes neighbors neural_network discriminant_analysis "
    "gaussian_process semi_supervised cross_decomposition kernel_ridge multiclass multioutput lda qda "
    "calibration"
)
_SKLEARN_WEAK_PACKAGES = _words("cluster mixture covariance dummy isotonic")
_SKLEARN_WEAK = _words(
    "IsolationForest OneClassSVM SGDOneClassSVM LocalOutlierFactor NearestNeighbors KernelDensity BernoulliRBM "
    "RFE RFECV SelectFromModel SequentialFeatureSelector"
)
_SKLEARN_HELPERS = _words(
    "RandomTreesEmbedding NeighborhoodComponentsAnalysis KNeighborsTransformer RadiusNeighborsTransformer "
    "KDTree BallTree FeatureAgglomeration"
)
_CONTAINERS = _words(
    "Pipeline make_pipeline GridSearchCV RandomizedSearchCV HalvingGridSearchCV HalvingRandomSearchCV "
    "BayesSearchCV TuneGridSearchCV TuneSearchCV VotingClassifier VotingRegressor StackingClassifier "
    "StackingRegressor StackingCVClassifier StackingCVRegressor EnsembleVoteClassifier OneVsRestClassifier "
    "OneVsOneClassifier OutputCodeClassifier MultiOutputClassifier MultiOutputRegressor ClassifierChain "
    "RegressorChain CalibratedClassifierCV TransformedTargetRegressor SelfTrainingClassifier "
    "FixedThresholdClassifier TunedThresholdClassifierCV"
)
_CONTAINER_ROOTS = _words("sklearn mlxtend skopt tune_sklearn sklearn_genetic skmultilearn")

_KERAS_HELPERS = _words(
    "preprocessing utils datasets callbacks optimizers losses metrics backend initializers regularizers "
    "constraints activations objectives ops random config mixed_precision"
)
_KERAS_MODELS = _words(
    "Sequential Model load_model model_from_json model_from_yaml clone_model KerasClassifier KerasRegressor "
    "BaseWrapper from_pretrained from_preset"
)
LOADED = _words("keras.models.load_model keras.models.model_from_json keras.models.model_from_yaml")
_CONV_PACKAGES = _words(
    "keras_applications "
    "applications efficientnet segmentation_models classification_models keras_unet keras_resnet "
    "keras_vggface keras_unet_collection vit_keras keras_efficientnet_v2"
)
_RECURRENT = _words("Embedding LSTM GRU SimpleRNN RNN Bidirectional CuDNNLSTM CuDNNGRU LSTMCell GRUCell SimpleRNNCell")


# Where `from keras.layers import *` and its like have put a name.
_STAR_NAMES = {
    "keras.layers": _words(
        "Activation Add Average AveragePooling1D AveragePooling2D Attention BatchNormalization Bidirectional "
        "Concatenate Conv1D Conv2D Conv2DTranspose Conv3D ConvLSTM2D Convolution1D Convolution2D Cropping2D "
        "CuDNNGRU CuDNNLSTM Dense DepthwiseConv2D Dropout ELU Embedding Flatten GRU GaussianNoise "
        "GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D Input InputLayer "
        "LSTM Lambda Layer LayerNormalization LeakyReLU MaxPool2D MaxPooling1D MaxPooling2D "
        "MultiHeadAttention Permute RepeatVector Reshape SeparableConv2D SimpleRNN SpatialDropout1D "
        "TimeDistributed UpSampling2D ZeroPadding2D add concatenate"
    ),
    "keras": _words("Sequential Model"),
    "keras.models": _words("load_model model_from_json clone_model"),
    "keras.applications": _words(
        "VGG16 VGG19 ResNet50 ResNet50V2 ResNet101 InceptionV3 InceptionResNetV2 Xception MobileNet MobileNetV2 "
        "DenseNet121 DenseNet201 EfficientNetB0 NASNetMobile"
    ),
    "keras.optimizers": _words("Adam SGD RMSprop Adagrad Adadelta Nadam"),
    "keras.preprocessing": _words("ImageDataGenerator Tokenizer"),
    "keras.wrappers": _words("KerasClassifier KerasRegressor"),
    "sklearn.model_selection": _words("GridSearchCV RandomizedSearchCV cross_val_score cross_validate"),
    "sklearn.pipeline": _words("Pipeline make_pipeline"),
    "sklearn.preprocessing": _words("StandardScaler MinMaxScaler LabelEncoder OneHotEncoder"),
}
_STAR_MODULES = {  # what `from keras import *` and `from tensorflow import *` put modules under
    "keras": {name: f"keras.{name}" for name in _KERAS_HELPERS | _words("layers models applications wrappers")},
    "tensorflow": {"keras": "keras"}
    | {n: f"tensorflow.{n}" for n in _words("train Session GradientTape nn estimator")},
}
_STAR_HOMES = {name: home for home, names in _STAR_NAMES.items() for name in names}


def role(name: str) -> Role | None:
    """Say what the canonical `name` is when it is called, or None for a stranger."""
    parts = name.split(".")
    root, last = parts[0], parts[-1]
    if last in _CONTAINERS and root in _CONTAINER_ROOTS:
        return Role("sklearn", Part.CONTAINER)
    if last == "all_estimators":
        return Role("sklearn", Part.MODEL)
    if root == "sklearn":
        return Role("sklearn", _sklearn_part(parts[1] if len(parts) > 1 else "", last))
    if root in {"keras", "keras_tuner", "keras_nlp", "keras_cv", "keras_hub"} | _CONV_PACKAGES:
        return Role("keras", _keras_part(parts))
    if unsupported(name):
        return Role("unsupported", Part.MODEL)
    return None


def _sklearn_part(package: str, last: str) -> Part:
    if last in _SKLEARN_HELPERS or not last[:1].isupper():
        return Part.HELPER
    if last in _SKLEARN_WEAK or package in _SKLEARN_WEAK_PACKAGES:
        return Part.WEAK
    return Part.MODEL if package in _SKLEARN_MODELS or package == ANY else Part.HELPER


def _keras_part(parts: list[str]) -> Part:
    if len(parts) > 1 and parts[1] in _KERAS_HELPERS:
        return Part.HELPER
    if len(parts) > 1 and parts[1] == "layers":
        return Part.LAYER
    return Part.MODEL


def builds_model(name: str) -> bool:
    """Tell whether calling `name` surely builds something whose `fit` is training."""
    found = role(name)
    if found is None or found.part in (Part.HELPER, Part.LAYER):
        return False
    last = name.rpartition(".")[2]
    if found.family == "keras":
        return last in _KERAS_MODELS or is_convolution(name)
    return last[:1].isupper() or last == "make_pipeline"


def unsupported(name: str) -> str | None:
    """Name the framework that `name` belongs to if it is one that cannot be trained here."""
    parts = name.split(".")
    if parts[0] == "pyspark":
        return "PySpark ML" if parts[1:2] in (["ml"], ["mllib"]) else None
    if (parts[0] == "tensorflow" and parts[1:2] == ["estimator"]) or name.startswith("keras.estimator"):
        return "tf.estimator"
    if parts[0] == "nltk":  # seldom more than words cut up
        own = [part for part in parts if part.endswith("Classifier") and part != "SklearnClassifier"]
        return "NLTK" if own else None
    if parts[:3] == ["tensorflow", "contrib", "learn"]:
        return "TensorFlow 1"
    return UNSUPPORTED.get(parts[0])


def is_tensorflow1_optimizer(name: str) -> bool:
    """Tell whether `name` optimizes in TensorFlow 1, as `tf.train.AdamOptimizer` does."""
    if name.startswith("tensorflow.contrib."):
        return name.endswith(("Optimizer", "optimize_loss", "create_train_op", "learning.train"))
    return name.startswith("tensorflow.train.") and name.endswith("Optimizer")


def is_convolution(name: str) -> bool:
    """Tell whether calling `name` makes a convolution or a whole convolutional net."""
    parts = name.split(".")
    last = parts[-1]
    if set(parts[:2]) & _CONV_PACKAGES:
        return last[:1].isupper()
    return (parts[:2] == ["keras", "layers"] and "Conv" in last) or name == "tensorflow.nn.conv2d"


def is_recurrent(name: str) -> bool:
    """Tell whether calling `name` makes an embedding or a recurrent layer."""
    return name.startswith("keras.layers.") and name.rpartition(".")[2] in _RECURRENT


def star_home(name: str) -> str | None:
    """Give the module of a framework that a name, written without one, is known to be from."""
    return _STAR_HOMES.get(name)


def star_name(star: str, name: str) -> str | None:
    """Give the canonical name of `name` after `from star import *` of a framework, if it can be from there."""
    root = star.split(".", maxsplit=1)[0]
    if name in _STAR_MODULES.get(star, {}):
        return _STAR_MODULES[star][name]
    home = _STAR_HOMES.get(name)
    if home is not None and home.split(".")[0] == root:
        return f"{home}.{name}"
    if home is None and role(f"{star}.{name}") is not None and (root != "keras" or name[:1].isupper()):
        return f"{star}.{name}"
    return None
