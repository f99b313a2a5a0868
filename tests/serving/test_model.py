"""What is read from saved models."""

import json

import pytest

from pipelines.environments import Environment
from pipelines.serving.model import environment_of, fault_of, rows_of, serving_example
from tests.serving.conftest import EXAMPLE, write_model


@pytest.mark.parametrize(
    ("pins", "environment"),
    [
        ("scikit-learn==1.9.1\nskops==0.13", Environment("sklearn")),
        ("scikit-learn==1.9.1\nemoji==2.14", Environment("sklearn", ("emoji==2.14",))),
        ("keras==3.14.0\ntensorflow==2.21.0\nscikit-learn==1.9.1", Environment("keras")),
        ("keras==2.12.0\ntensorflow==2.12.1\nscikit-learn==1.2.2", Environment("keras2")),
        ("tensorflow==2.21.0", Environment("keras")),
        ("torch==2.9", None),
    ],
)
def test_the_environment_is_told_from_the_pins(tmp_path, pins, environment):
    """The pinned requirements say which environment can load a model, and what its source asked for beside it."""
    assert environment_of(write_model(tmp_path / "model", pins=pins)) == environment


def test_no_link_is_followed(tmp_path):
    """A model comes from inside: a link in it could name any file of this machine."""
    model = write_model(tmp_path / "model")
    assert serving_example(model) == json.dumps(EXAMPLE).encode()
    (model / "serving_input_example.json").unlink()
    (model / "serving_input_example.json").symlink_to(tmp_path)
    assert serving_example(model) is None


@pytest.mark.parametrize(
    ("example", "rows"),
    [
        ({"inputs": [[1], [2]]}, 2),
        ({"inputs": {"a": [1, 2, 3], "b": [1, 2, 3]}}, 3),
        ({"instances": [{"a": 1}]}, 1),
        ({"dataframe_split": {"columns": ["a"], "data": [[1], [2]]}}, 2),
        ({"dataframe_records": [{"a": 1}]}, 1),
        ({"dataframe_split": 3}, None),
        ([1, 2], None),
    ],
)
def test_rows_of_a_request(example, rows):
    """The rows are counted in each form of the scoring protocol."""
    assert rows_of(example) == rows


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (200, b'{"predictions": [0, 1]}', None),
        (200, b'{"predictions": [0]}', "2 rows"),
        (200, b"{}", "2 rows"),
        (200, b"hello", "status 200: hello"),
        (400, b'{"error_code": "BAD_REQUEST", "message": "no\\nsuch column"}', "status 400: no such column"),
    ],
)
def test_what_is_wrong_with_an_answer(status, answer, said):
    """One line says what is wrong with the answer to a model's own example."""
    fault = fault_of(json.dumps(EXAMPLE).encode(), status, answer)
    assert (fault is None) if said is None else (said in fault)
