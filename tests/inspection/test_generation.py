"""Which Keras a script was written for, and so which environment runs it."""

import pytest

from pipelines.inspection import inspect

from .conftest import Write

MODEL = "model = Sequential([Dense(10, activation='softmax')])\n"
KERAS = "from keras.models import Sequential\nfrom keras.layers import Dense\n" + MODEL
TF = "from tensorflow.keras.models import Sequential\nfrom tensorflow.keras.layers import Dense\n" + MODEL
COMPILE = "model.compile('adam', 'categorical_crossentropy', metrics=['accuracy'])\n"
FIT = "model.fit(X, y, epochs=3)\n"
ADAM = "from tensorflow.keras.optimizers import Adam\n"

OLD = {
    "lr": (TF + ADAM + "model.compile(Adam(lr=0.01), 'mse')\n" + FIT, "Adam(lr=)"),
    "decay": (KERAS + "import keras\no = keras.optimizers.SGD(0.1, decay=1e-6)\n" + FIT, "SGD(decay=)"),
    "np_utils": (KERAS + "from keras.utils import np_utils\ny = np_utils.to_categorical(y)\n" + FIT, "np_utils"),
    "fit_generator": (TF + "model.fit_generator(flow, epochs=2)\n", "fit_generator"),
    "predict_classes": (TF + FIT + "model.predict_classes(X)\n", "predict_classes"),
    "layer modules": ("from keras.layers.core import Dropout\n" + KERAS + FIT, "keras.layers.core"),
    "normalization": ("from keras.layers.normalization import BatchNormalization\n" + KERAS + FIT, "normalization"),
    "wrappers": ("from keras.wrappers.scikit_learn import KerasClassifier\n" + KERAS + FIT, "keras.wrappers"),
    "tf wrappers": ("import tensorflow.keras.wrappers.scikit_learn\n" + TF + FIT, "keras.wrappers"),
    "nb_epoch": (KERAS + "model.fit(X, y, nb_epoch=3)\n", "fit(nb_epoch=)"),
    "acc": (TF + COMPILE + "h = model.fit(X, y)\nprint(h.history['val_acc'])\n", "history['val_acc']"),
    "private copy": ("from tensorflow.python.keras.layers import Dropout\n" + TF + FIT, "tensorflow.python.keras"),
    "generator": ("from keras.preprocessing.image import ImageDataGenerator\n" + KERAS + FIT, "ImageDataGenerator"),
    "tokenizer": ("from keras.preprocessing.text import Tokenizer\n" + KERAS + FIT, "keras.preprocessing.text"),
    "engine": ("from keras.engine import Layer\n" + KERAS + FIT, "keras.engine"),
    "backend": ("from keras import backend as K\n" + KERAS + FIT + "f = K.function([model.input], [model.output])\n",
                "keras.backend.function"),
    "batch_input_shape": (KERAS + "model.add(Dense(3, batch_input_shape=(2, 4)))\n" + FIT, "Dense(batch_input_shape=)"),
    "CuDNN": ("from keras.layers import CuDNNLSTM\n" + KERAS + FIT, "keras.layers.CuDNNLSTM"),
    "border_mode": ("from keras.layers import Convolution2D\n" + KERAS
                    + "model.add(Convolution2D(8, 3, 3, border_mode='same'))\n" + FIT, "Convolution2D(border_mode=)"),
    "session": ("import tensorflow as tf\ntf.set_random_seed(1)\n" + TF + FIT, "tensorflow.set_random_seed"),
    "graph mode": ("import tensorflow as tf\ntf.compat.v1.disable_eager_execution()\n" + TF + FIT, "disable_eager"),
    "legacy optimizer": ("import tensorflow as tf\no = tf.keras.optimizers.legacy.Adam(0.1)\n" + TF + FIT, "legacy"),
    "hdf5": ("from keras.callbacks import ModelCheckpoint\n" + KERAS + "path = 'best.hdf5'\nc = ModelCheckpoint(path)\n"
             + FIT, "weights in 'best.hdf5'"),
    "weights": (TF + FIT + "model.save_weights('w.h5')\n", "save_weights('w.h5')"),
    "folder": (TF + FIT + "model.save('my_model')\n", "save('my_model')"),
    "workers": (TF + "model.fit(flow, epochs=2, workers=4)\n", "fit(workers=)"),
}  # fmt: skip
NEW = {
    "plain": KERAS + COMPILE + FIT,
    "plain tf": TF + COMPILE + FIT,
    "learning_rate": TF + ADAM + "model.compile(Adam(learning_rate=1e-3))\n" + FIT,
    "h5": TF + FIT + "model.save('m.h5')\n",
    "tf generator": "from tensorflow.keras.preprocessing.image import ImageDataGenerator\n" + TF + FIT,
    "tf tokenizer": "from tensorflow.keras.preprocessing.text import Tokenizer\n" + TF + FIT,
    "metric acc": TF + "model.compile('adam', 'mse', metrics=['acc'])\nh = model.fit(X, y)\nprint(h.history['acc'])\n",
    "input_dim": KERAS + "model.add(Dense(3, input_dim=4))\n" + FIT,
    "embedding": "from keras.layers import Embedding\n" + KERAS
    + "model.add(Embedding(input_dim=9, output_dim=3, input_length=5, weights=[w]))\n" + FIT,
    "comment": KERAS + "# from keras.utils import np_utils\n" + FIT,
    "own module": KERAS + "from keras_utils import np_utils\n" + FIT,
    "tf backend": "from tensorflow.keras import backend as K\n" + TF + FIT + "K.mean(K.square(X))\n",
}  # fmt: skip
KERAS_3 = {
    "ops": ("from keras import ops\n" + KERAS + FIT + "ops.mean(X)\n", "keras.ops"),
    "random": ("import keras\n" + KERAS + FIT + "keras.random.normal((2,))\n", "keras.random"),
    "both": ("import keras\nfrom keras.utils import np_utils\n" + KERAS + FIT + "keras.ops.mean(X)\n", "keras.ops"),
}


@pytest.mark.parametrize("name", OLD)
def test_what_only_keras_2_accepts_picks_its_environment(name: str, write: Write) -> None:
    """The verdict names the sign in words and shows its line."""
    text, sign = OLD[name]
    verdict = inspect(write({"train.py": text}))
    assert (verdict.family, verdict.environment) == ("keras", "keras2"), verdict
    assert "written for Keras 2: " in verdict.reason
    assert sign in verdict.reason
    line = int(verdict.reason.rpartition(":")[2])
    assert line in [evidence.line for evidence in verdict.evidence]


@pytest.mark.parametrize("name", NEW)
def test_what_keras_3_runs_stays_there(name: str, write: Write) -> None:
    """Without a sign the newest is taken, and the reason says nothing of it."""
    verdict = inspect(write({"train.py": NEW[name]}))
    assert (verdict.environment, "written for" in verdict.reason) == ("keras", False), verdict


@pytest.mark.parametrize("name", KERAS_3)
def test_what_only_keras_3_has_outweighs(name: str, write: Write) -> None:
    """What is new cannot be had on Keras 2 at all."""
    text, sign = KERAS_3[name]
    verdict = inspect(write({"train.py": text}))
    assert verdict.environment == "keras"
    assert f"written for Keras 3: {sign}" in verdict.reason


def test_the_modules_that_the_entry_imports_count(write: Write) -> None:
    """The sign may stand in the file with the model, a function deep; a file that takes no part is not read."""
    model = (
        "from keras.optimizers import Adam\n"
        + KERAS
        + "def build():\n    model.compile(Adam(lr=1), 'mse')\n    return model\n"
    )
    train = "from net import build\nmodel = build()\n" + FIT
    verdict = inspect(write({"net.py": model, "train.py": train, "old.py": "from keras.utils import np_utils\n"}))
    assert (verdict.entry, verdict.environment) == ("train.py", "keras2")
    assert "Adam(lr=) at net.py:6" in verdict.reason


PINS = {
    "tensorflow==2.12.0\n": 2,
    "numpy\n\ntensorflow-gpu ~= 2.4.1  # the last that works\n": 2,
    "keras<3.0\n": 2,
    "tensorflow<2.16\n": 2,
    "Keras==2.4.3\n": 2,
    "tensorflow~=2.12\n": 3,
    "tensorflow>=2.4\n": 3,
    "tensorflow==2.16.1\n": 3,
    "tensorflow-datasets==4.9.2\n": 3,
    "keras==3.3.3\n": 3,
}


@pytest.mark.parametrize(("text", "number"), PINS.items())
def test_a_version_that_is_pinned_tells_where_the_code_does_not(text: str, number: int, write: Write) -> None:
    """A list of requirements that admits only Keras 2 picks its environment, and is the evidence."""
    verdict = inspect(write({"src/train.py": KERAS + COMPILE + FIT, "requirements.txt": text}))
    assert verdict.environment == ("keras2" if number == 2 else "keras")
    assert any(item.file == "requirements.txt" for item in verdict.evidence) == (number == 2)


def test_what_the_code_says_outweighs_a_pin(write: Write) -> None:
    """Code that only Keras 3 runs is not sent to Keras 2 by a list that was left behind."""
    text = "import keras\nkeras.ops.zeros(3)\n" + KERAS + COMPILE + FIT
    assert inspect(write({"train.py": text, "requirements.txt": "tensorflow==2.4\n"})).environment == "keras"


def test_the_pins_of_a_conda_file_count(write: Write) -> None:
    """Conda writes one equals sign, and a dash before it."""
    files = {
        "train.py": KERAS + COMPILE + FIT,
        "environment.yml": "dependencies:\n  - python=3.8\n  - tensorflow=2.3.0\n",
    }
    assert inspect(write(files)).environment == "keras2"
