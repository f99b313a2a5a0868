"""Command line before the source's settings before the defaults."""

import pytest

from pipelines.errors import UsageError
from pipelines.options import RunOptions, network_allowed, resolve
from pipelines.settings import MachineSettings, SourceSettings

SETTINGS = SourceSettings(target=0.7, metric="f1_macro", max_trials=9, timeout="3m", seed=5, name="theirs")


def test_the_defaults():
    """Where nobody says anything, the design's defaults hold and the source gives the name."""
    plan = resolve(RunOptions("src"), SourceSettings(), "wine")
    assert (plan.target, plan.metric, plan.max_trials, plan.timeout_s, plan.seed) == (0.8, "accuracy", 40, 1200, 0)
    assert plan.name == "wine"


def test_the_sources_settings_are_before_the_defaults():
    """Everything that the source says holds."""
    plan = resolve(RunOptions("src"), SETTINGS, "wine")
    assert (plan.target, plan.metric, plan.max_trials, plan.timeout_s, plan.seed) == (0.7, "f1_macro", 9, 180, 5)
    assert plan.name == "theirs"


def test_the_command_line_is_before_the_sources_settings():
    """Everything that the command line says holds, a zero included."""
    options = RunOptions("src", target=0.9, metric="accuracy", max_trials=2, timeout="9s", seed=0, name="mine")
    plan = resolve(options, SETTINGS, "wine")
    assert (plan.target, plan.metric, plan.max_trials, plan.timeout_s, plan.seed) == (0.9, "accuracy", 2, 9, 0)
    assert plan.name == "mine"


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": 0.0},
        {"target": 80.0},
        {"target": float("nan")},
        {"metric": "loss"},
        {"max_trials": 0},
        {"slots": 0},
        {"timeout": "soon"},
        {"seed": -1},
        {"seed": 2**32},
    ],
)
def test_values_out_of_range(wrong):
    """Each is refused as wrong usage, by its name."""
    with pytest.raises(UsageError, match=next(iter(wrong)).replace("_", "-")):
        resolve(RunOptions("src", **wrong), SourceSettings(), "wine")


def test_the_target_of_an_error_has_its_unit():
    """It may be above 1, has to be named, and is no share."""
    assert resolve(RunOptions("src", metric="rmse", target=50.0), SourceSettings(), "").target == 50.0
    assert resolve(RunOptions("src"), SourceSettings(metric="mae", target=3.5), "").target == 3.5
    assert resolve(RunOptions("src", metric="r2"), SourceSettings(), "").target == 0.8
    with pytest.raises(UsageError, match="say which --target"):
        resolve(RunOptions("src", metric="rmse"), SourceSettings(), "")
    for wrong in ({"metric": "rmse", "target": -1.0}, {"metric": "r2", "target": 1.5}):
        with pytest.raises(UsageError, match="target"):
            resolve(RunOptions("src", **wrong), SourceSettings(), "")


@pytest.mark.parametrize(
    ("given", "name"), [("a/b", "a-b"), ("http://x", "http-x"), (' "quoted" ', "-quoted-"), ("", "source")]
)
def test_a_name_that_a_registry_takes(given, name):
    """What an address or a registry would stumble over is replaced."""
    assert resolve(RunOptions("src", name=given), SourceSettings(), "wine").name == name


@pytest.mark.parametrize(
    ("typed", "asked", "owner", "allowed"),
    [
        (False, "deny", False, False),
        (False, "allow", False, False),
        (False, "deny", True, False),
        (False, "allow", True, True),
        (True, "deny", False, True),
    ],
)
def test_the_network_is_the_owners_to_give(typed, asked, owner, allowed):
    """What a pushed source asks for does not count by itself."""
    options = RunOptions("src", network=typed)
    assert network_allowed(options, SourceSettings(network=asked), MachineSettings(network_allow=owner)) == allowed
