"""Classes that stand in the configuration, for Hydra to make."""

import pytest

from pipelines.inspection import inspect

from .conftest import Write

SCRIPT = """
import hydra
from hydra.utils import instantiate
@hydra.main(config_path='conf', config_name='main', version_base=None)
def main(cfg):
    X, y = instantiate(cfg.dataset)
    model = hydra.utils.instantiate(cfg.model)
    model.fit(X, y)
    print(model.score(X, y))
if __name__ == '__main__':
    main()
"""
DATA = "_target_: sklearn.datasets.make_blobs\nn_samples: 100\n"
FOREST = "_target_: sklearn.ensemble.RandomForestClassifier\nn_estimators: 30\n"
BOOSTED = "_target_: xgboost.XGBClassifier\n"
CHOOSES = "defaults:\n  - dataset: blobs\n  - model: {}\n  - _self_\nseed: 1\n"
CONFIGURED = {
    "chosen": (
        {"conf/main.yaml": CHOOSES.format("forest"), "conf/model/forest.yaml": FOREST, "conf/model/xgb.yaml": BOOSTED},
        ("sklearn", "classical"),
    ),
    "chosen_other": (
        {"conf/main.yaml": CHOOSES.format("xgb"), "conf/model/forest.yaml": FOREST, "conf/model/xgb.yaml": BOOSTED},
        ("unsupported", None),
    ),
    "override": (
        {"conf/main.yaml": "defaults:\n  - override /model: forest.yaml\n", "conf/model/forest.yaml": FOREST,
         "conf/model/xgb.yml": BOOSTED},
        ("sklearn", "classical"),
    ),
    "in_one_file": ({"conf/main.yaml": f"model:\n  {FOREST.splitlines()[0]}\n"}, ("sklearn", "classical")),
    "pipeline": (
        {"conf/main.yaml": "model:\n  _target_: sklearn.pipeline.Pipeline\n  steps:\n"
         "    - [svm, {_target_: sklearn.svm.SVC}]\n"},
        ("sklearn", "classical"),
    ),
    "nearest": (
        {"conf/main.yaml": f"model:\n  {FOREST}", "other/conf/main.yaml": f"model:\n  {BOOSTED}"},
        ("sklearn", "classical"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIGURED)
def test_the_class_is_read_from_the_configuration(name: str, write: Write) -> None:
    """What `instantiate(cfg.model)` makes is judged by the `_target_` that the YAML files give for `model`."""
    files, expected = CONFIGURED[name]
    place = "job/" if name == "nearest" else ""
    files = {("" if path.startswith("other") else place) + path: text for path, text in files.items()}
    verdict = inspect(write({**files, f"{place}conf/dataset/blobs.yaml": DATA, f"{place}train.py": SCRIPT}))
    assert (verdict.family, verdict.kind) == expected, verdict


@pytest.mark.parametrize("text", ["model: [forest\n", "- model\n", "model: forest\n", "model:\n  _target_: 3\n"])
def test_a_configuration_without_a_class(text: str, write: Write) -> None:
    """Where no YAML file names a class, or none can be read, it stays untold what is fitted."""
    verdict = inspect(write({"conf/main.yaml": text, "train.py": SCRIPT}))
    assert verdict.family == "none"
    assert "cannot tell what is fitted at train.py:8" in verdict.reason


@pytest.mark.parametrize("written", ['cfg["model"]', 'cfg.get("model")'])
def test_the_key_may_stand_in_brackets(written: str, write: Write) -> None:
    """`instantiate(cfg["model"])` is read as `instantiate(cfg.model)` is."""
    files, expected = CONFIGURED["chosen"]
    script = SCRIPT.replace("cfg.model", written)
    verdict = inspect(write({**files, "conf/dataset/blobs.yaml": DATA, "train.py": script}))
    assert (verdict.family, verdict.kind) == expected, verdict


LAYERS = """
import importlib
import keras
from settings import config
def made(path):
    package, _, name = path.rpartition('.')
    return getattr(importlib.import_module(package), name)
model = keras.Sequential()
model.add(made(config.first['class_name'])(**config.first['params']))
model.compile('adam', 'mse')
model.fit(X, y)
"""
KINDS = {"keras.layers.Conv2D": "cnn", "tensorflow.keras.layers.GRU": "rnn", "keras.layers.Dense": "dense"}


@pytest.mark.parametrize("layer", KINDS)
def test_the_layers_may_stand_in_the_configuration(layer: str, write: Write) -> None:
    """Where the source shows no layer, those that its YAML files name tell the kind."""
    settings = f"first:\n  class_name: {layer}\n  params: {{}}\n"
    verdict = inspect(write({"train.py": LAYERS, "settings.py": "config = None\n", "config/net.yaml": settings}))
    assert (verdict.family, verdict.kind) == ("keras", KINDS[layer]), verdict


def test_layers_that_nothing_shows_are_not_called_dense_for_sure(write: Write) -> None:
    """Where no file names the layers, the verdict says that the kind is taken for dense."""
    verdict = inspect(write({"train.py": LAYERS, "settings.py": "config = None\n"}))
    assert verdict.kind == "dense"
    assert "layers do not show" in verdict.reason
