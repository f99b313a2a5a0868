"""Settings of the machine and of a source."""

from pathlib import Path

import pytest

from pipelines.errors import UsageError
from pipelines.settings import MachineSettings, SourceSettings, parse_duration_s, read_source_settings


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("20m", 1200), ("2h", 7200), ("0.5m", 30), ("1e3", 1000)]
)
def test_durations(text, seconds):
    """A number is seconds unless a unit stands behind it."""
    assert parse_duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "0", "-5m", "1d", "nan", "inf", "1e99h", "five", "1 0m", "20mm"])
def test_what_is_no_duration(text):
    """The error shows what was given and how to write it."""
    with pytest.raises(UsageError, match="write 90s, 20m or 2h"):
        parse_duration_s(text)


def test_a_source_without_settings(tmp_path):
    """No file, an empty file, and a link are no settings."""
    assert read_source_settings(tmp_path) == SourceSettings()
    (tmp_path / "autotweak.yaml").write_text("# nothing\n")
    assert read_source_settings(tmp_path) == SourceSettings()
    (tmp_path / "autotweak.yaml").unlink()
    (tmp_path / "other.yaml").write_text("target: 0.9\n")
    (tmp_path / "autotweak.yaml").symlink_to(tmp_path / "other.yaml")
    assert read_source_settings(tmp_path) == SourceSettings()


def test_all_settings_of_a_source(tmp_path):
    """Every setting is read with its type."""
    (tmp_path / "autotweak.yaml").write_text(
        "entry: src/train.py\nargv: [--fast]\nname: wine\ntarget: 0.9\nmetric: f1_macro\nmax_trials: 7\n"
        "timeout: 5m\nseed: 3\nestimators: [SVC, KNeighborsClassifier]\n"
    )
    assert read_source_settings(tmp_path) == SourceSettings(
        entry="src/train.py",
        argv=("--fast",),
        name="wine",
        target=0.9,
        metric="f1_macro",
        max_trials=7,
        timeout="5m",
        seed=3,
        estimators=("SVC", "KNeighborsClassifier"),
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"target: [", "not valid YAML"),
        (b"target: 1.5", "target"),
        (b"target: high", "target"),
        (b"metric: loss", "metric"),
        (b"max_trials: 0", "max_trials"),
        (b"colour: red", "colour"),
        (b"estimators: [XGBClassifier]", "estimators"),
        (b"- a\n- b", "autotweak.yaml"),
        (b"just text", "autotweak.yaml"),
        (b"name: \xe9t\xe9", "autotweak.yaml"),
        (b"name: a\0b", "not valid YAML"),
        (b"!!python/object/apply:os.system ['true']", "not valid YAML"),
    ],
)
def test_settings_that_are_wrong_are_said_in_one_line(tmp_path, content, said):
    """The line names the file and the setting."""
    (tmp_path / "autotweak.yaml").write_bytes(content)
    with pytest.raises(UsageError, match=said) as caught:
        read_source_settings(tmp_path)
    assert str(caught.value).startswith("autotweak.yaml")
    assert "\n" not in str(caught.value)


def test_the_machines_settings_come_from_the_environment(monkeypatch):
    """Variables with our prefix are read; the rest has defaults."""
    monkeypatch.setenv("AUTOTWEAK_HOME", "/somewhere")
    monkeypatch.setenv("AUTOTWEAK_MEMORY_MIB", "512")
    monkeypatch.delenv("AUTOTWEAK_CPUS", raising=False)
    machine = MachineSettings()
    assert (machine.home, machine.memory_mib, machine.cpus) == (Path("/somewhere"), 512, None)


def test_a_machines_setting_that_is_wrong_is_said_in_one_line(monkeypatch):
    """The line names the variable and what it was."""
    monkeypatch.setenv("AUTOTWEAK_MEMORY_MIB", "4g")
    with pytest.raises(UsageError, match=r"^AUTOTWEAK_MEMORY_MIB is '4g': input should be a valid integer"):
        MachineSettings()
