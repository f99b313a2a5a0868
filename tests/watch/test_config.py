"""The service's file: what may stand in it, and what is said about what may not."""

from __future__ import annotations

import pytest

from pipelines.errors import UsageError
from pipelines.watch.config import read_config

WHOLE = """
poll: 90s
searches: 2
repositories:
  - url: https://git.example.org/team/wine.git
    branches: [main, "release/*"]
    secret: hush
    settings: {target: 0.9, max_trials: 20}
  - url: git@git.example.org:team/digits.git
    name: numbers
    secret_file: SECRET
"""


@pytest.fixture
def read(tmp_path):
    """Read a configuration from text."""

    def reading(text):
        path = tmp_path / "watch.yaml"
        path.write_text(text)
        return read_config(path)

    return reading


def test_a_whole_file_is_read(read, tmp_path):
    """Names come from the URL or are given; branches are patterns; settings are a source's own."""
    (tmp_path / "secret").write_text("from a file\n")
    config = read(WHOLE.replace("SECRET", str(tmp_path / "secret")))
    wine, numbers = config.repositories
    assert (config.poll_s, config.searches, config.port) == (90.0, 2, 8642)
    assert (wine.name, numbers.name) == ("wine", "numbers")
    assert [wine.watches(name) for name in ("main", "release/1.0", "feature/x")] == [True, True, False]
    assert (wine.settings.target, wine.settings.max_trials) == (0.9, 20)
    assert wine.read_secret() == b"hush"
    assert numbers.read_secret() == b"from a file"
    assert config.named("numbers") is numbers
    assert config.named("nothing") is None


def test_a_secret_is_not_shown(read):
    """Printing the configuration does not print a secret."""
    assert "hush" not in repr(read(WHOLE))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "valid"),
        ("repositories: []", "repositories"),
        ("repositories: [{name: x}]", "url"),
        ("repositories: [{url: a, colour: red}]", "colour"),
        ("repositories: [{url: a/x}, {url: b/x}]", "two repositories are named x"),
        ("repositories: [{url: a, name: 'a b'}]", "'a b'"),
        ("repositories: [{url: a, secret: s, secret_file: f}]", "not both"),
        ("repositories: [{url: a, settings: {target: 2}}]", "target"),
        ("repositories: [{url: a}]\npoll: soon", "poll 'soon'"),
        ("repositories: [{url: a}]\nsearches: 0", "searches"),
        ("repositories: [{url: a}]\ncluster: tls://s:1\nwarm: [keras]", "leave one out"),
        ("repositories: [{url: a}]\nslots: 2", "name the cluster"),
        ("repositories: [", "not valid YAML"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(read, text, said):
    """Each fault names its place, in one line."""
    with pytest.raises(UsageError) as error:
        read(text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_missing_secret_are_said(read, tmp_path):
    """The path is in the message."""
    with pytest.raises(UsageError, match=r"nowhere\.yaml: No such file"):
        read_config(tmp_path / "nowhere.yaml")
    config = read("repositories: [{url: a, secret_file: /nowhere/secret}]")
    with pytest.raises(UsageError, match="/nowhere/secret"):
        config.repositories[0].read_secret()


def test_environments_are_named_or_left_to_what_is_in_use(read):
    """``warm`` names environments; none named is not the same as not said."""
    one = "repositories: [{url: https://git.example.org/wine.git}]\n"
    assert read(one).warm is None
    assert read(one + "warm: []\n").warm == ()
    assert read(one + "warm: [keras, sklearn]\n").warm == ("keras", "sklearn")
    with pytest.raises(UsageError, match="warm"):
        read(one + "warm: [pytorch]\n")
