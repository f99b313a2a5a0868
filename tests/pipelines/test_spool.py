"""The spool from outside: what is in there is not trusted."""

import os

import pytest

from mlprojects.contract.journal import Journal
from mlprojects.contract.trial import TrialSpec
from pipelines import spool as module
from pipelines.errors import AutotweakError, TrialError
from pipelines.spool import Spool, read_output, read_plots

SPEC = TrialSpec(trial=0, role="baseline", family="sklearn", entry="train.py", tweak={"C": 1.0})


@pytest.fixture
def spool(tmp_path):
    """Give an empty spool."""
    return Spool(tmp_path / "spool")


@pytest.fixture
def paths(spool):
    """Give the folder of a trial that was submitted."""
    spool.submit(SPEC)
    return spool.paths.trial(0)


def test_a_specification_is_given(spool, paths):
    """What was submitted is there to be read, and counts as told to go."""
    assert TrialSpec.from_json(paths.spec.read_text()) == SPEC
    assert spool.paths.numbers() == [0]


def test_events_are_read_once_and_whole(spool, paths):
    """Each call gives what is new; a line that is not whole yet waits."""
    tail = spool.tail(0)
    assert tail.read() == []
    Journal(paths.journal).append("fault", reason="a")
    with paths.journal.open("ab") as handle:
        handle.write(b'{"event": "fault", "time": 1, ')
    assert [event.reason for event in tail.read()] == ["a"]
    assert tail.read() == []
    with paths.journal.open("ab") as handle:
        handle.write(b'"reason": "b"}\n')
    assert [event.reason for event in tail.read()] == ["b"]
    assert tail.read() == []


@pytest.mark.parametrize("line", [b"no json\n", b'{"event": "party", "time": 1}\n', b"[" * 100_000 + b"\n"])
def test_a_line_that_is_no_event(spool, paths, line):
    """It is the trial's failure, in one line, and not the end of the driver."""
    paths.journal.write_bytes(line)
    with pytest.raises(TrialError, match="journal") as caught:
        spool.tail(0).read()
    assert "\n" not in str(caught.value)


def test_a_linked_journal_is_refused(spool, paths, tmp_path):
    """A link to a file of the driver's is not followed."""
    (tmp_path / "secret").write_bytes(b'{"event": "fault", "time": 1, "reason": "secret"}\n')
    paths.journal.symlink_to(tmp_path / "secret")
    with pytest.raises(TrialError, match="cannot be read"):
        spool.tail(0).read()
    paths.output.symlink_to(tmp_path / "secret")
    assert read_output(paths) == ""


def test_a_linked_trial_is_refused(spool, paths, tmp_path):
    """A trial's folder that was replaced by a link to another one is not read."""
    other = tmp_path / "other"
    other.mkdir()
    Journal(other / "journal.jsonl").append("fault", reason="secret")
    paths.spec.unlink()
    paths.root.rmdir()
    paths.root.symlink_to(other)
    with pytest.raises(TrialError):
        spool.tail(0).read()


def test_a_pipe_does_not_hang(spool, paths):
    """A named pipe in the journal's place is refused at once."""
    os.mkfifo(paths.journal)
    with pytest.raises(TrialError, match="not a regular file"):
        spool.tail(0).read()


@pytest.mark.parametrize("name", ["journal", "output"])
def test_a_folder_is_no_journal(spool, paths, name):
    """A folder in the place of a file is refused."""
    getattr(paths, name).mkdir()
    if name == "journal":
        with pytest.raises(TrialError):
            spool.tail(0).read()
    assert read_output(paths) == ""


def test_an_oversized_journal_is_refused(spool, paths):
    """A file beyond the limit is not read into memory."""
    with paths.journal.open("wb") as handle:
        handle.truncate(module.MOST_JOURNAL_BYTES + 1)
    with pytest.raises(TrialError, match="larger than"):
        spool.tail(0).read()


def test_the_end_of_the_output(paths):
    """The last part is given, whatever its bytes; nothing printed is nothing."""
    assert read_output(paths) == ""
    paths.output.write_bytes(b"x" * 50 + "\xe4\xff".encode("latin-1") + b"end")
    assert read_output(paths, most=4) == "�end"


def test_a_submission_does_not_follow_a_link(spool, tmp_path):
    """A folder that the sandbox has put a link in the place of is not written through."""
    target = tmp_path / "elsewhere"
    target.mkdir()
    spool.paths.trial(0).root.symlink_to(target)
    with pytest.raises((AutotweakError, OSError)):
        spool.submit(SPEC)
    assert list(target.iterdir()) == []


def model(paths):
    """A saved model of two files."""
    (paths.model / "data").mkdir(parents=True)
    (paths.model / "MLmodel").write_text("flavors: {}\n")
    (paths.model / "data" / "weights").write_bytes(b"w")
    return paths.model


def test_a_saved_model(spool, paths):
    """A folder of regular files with an MLmodel is a model."""
    root = model(paths)
    assert spool.model_folder(0) == root


def test_no_saved_model(spool, paths):
    """No folder, or one without an MLmodel, is none."""
    with pytest.raises(TrialError, match="saved no model"):
        spool.model_folder(0)
    paths.model.mkdir()
    with pytest.raises(TrialError, match="saved no model"):
        spool.model_folder(0)


@pytest.mark.parametrize("place", ["weights", "data/more", "MLmodel"])
def test_a_model_with_a_link_is_refused(spool, paths, tmp_path, place):
    """A link anywhere in the model, to a file or a folder, is not uploaded."""
    root = model(paths)
    (root / place).unlink(missing_ok=True)
    (root / place).symlink_to(tmp_path)
    with pytest.raises(TrialError, match="not a file"):
        spool.model_folder(0)


def test_a_model_that_is_a_link_is_refused(spool, paths, tmp_path):
    """The folder itself must be one."""
    (tmp_path / "MLmodel").write_text("flavors: {}\n")
    paths.model.symlink_to(tmp_path)
    with pytest.raises(TrialError):
        spool.model_folder(0)


def test_a_model_in_a_linked_trial_is_refused(spool, paths, tmp_path):
    """Nor is a model taken from where the trial's own folder leads."""
    model(paths)
    paths.root.rename(tmp_path / "moved")
    paths.root.symlink_to(tmp_path / "moved")
    with pytest.raises(TrialError):
        spool.model_folder(0)


def test_an_oversized_model_is_refused(spool, paths):
    """A model beyond the limit is not uploaded."""
    with (model(paths) / "data" / "weights").open("wb") as handle:
        handle.truncate(module.MOST_MODEL_BYTES + 1)
    with pytest.raises(TrialError, match="larger than"):
        spool.model_folder(0)


def test_figures_are_read_as_they_are(paths):
    """Regular image files by their names; nothing drawn is nothing."""
    assert read_plots(paths) == {}
    paths.plots.mkdir()
    (paths.plots / "a.png").write_bytes(b"image")
    (paths.plots / "script.sh").write_bytes(b"no image")
    (paths.plots / "empty.png").touch()
    assert read_plots(paths) == {"a.png": b"image"}


def test_figures_that_are_no_files_are_left_out(paths, tmp_path):
    """A link, a pipe, a folder, a name that is no name and a file that is too large."""
    (tmp_path / "secret.png").write_bytes(b"secret")
    paths.plots.mkdir()
    (paths.plots / "link.png").symlink_to(tmp_path / "secret.png")
    os.mkfifo(paths.plots / "pipe.png")
    (paths.plots / "folder.png").mkdir()
    (paths.plots / "line\nbreak.png").write_bytes(b"x")
    with (paths.plots / "large.png").open("wb") as handle:
        handle.truncate(module.MOST_PLOT_BYTES + 1)
    assert read_plots(paths) == {}
    for number in range(module.MOST_PLOTS + 5):
        (paths.plots / f"{number:03d}.png").write_bytes(b"x")
    assert len(read_plots(paths)) == module.MOST_PLOTS


@pytest.mark.parametrize("which", ["plots", "root"])
def test_figures_behind_a_link_are_left_out(paths, tmp_path, which):
    """Neither the folder of the figures nor the trial's own may be a link."""
    other = tmp_path / "other"
    (other / "plots").mkdir(parents=True)
    (other / "plots" / "secret.png").write_bytes(b"secret")
    if which == "plots":
        paths.plots.symlink_to(other / "plots")
    else:
        paths.spec.unlink()
        paths.root.rmdir()
        paths.root.symlink_to(other)
    assert read_plots(paths) == {}


def test_the_data_cache_is_linked(spool, tmp_path):
    """A link to it; doing it again changes nothing."""
    for _ in range(2):
        spool.link_data(tmp_path)
    assert spool.paths.data.is_dir()
    assert spool.paths.data.is_symlink()


def test_a_source_is_replaced_within_its_folder(spool):
    """The folder itself stays: a container may have it mounted already."""
    spool.empty_source()
    folder = spool.paths.source
    before = folder.stat().st_ino
    (folder / "package").mkdir()
    (folder / "package" / "a.py").write_text("")
    (folder / "link").symlink_to("/etc", target_is_directory=True)
    spool.empty_source()
    assert (list(folder.iterdir()), folder.stat().st_ino) == ([], before)
    assert folder.exists()


def test_a_search_that_is_over_keeps_what_it_said(spool):
    """Source, model and figures go; specification, journal and output stay."""
    spool.submit(TrialSpec(trial=3, role="confirm", family="sklearn", entry="train.py"))
    spool.paths.source.mkdir()
    trial = spool.paths.trial(3)
    for place in (spool.paths.source, trial.model, trial.plots):
        place.mkdir(exist_ok=True)
        (place / "large.bin").write_bytes(b"x")
    trial.journal.write_text("{}")
    trial.output.write_text("said")
    spool.shed()
    assert sorted(path.name for path in trial.root.iterdir()) == ["journal.jsonl", "output.log", "spec.json"]
    assert not spool.paths.source.exists()


def test_nothing_behind_a_link_is_removed(spool, tmp_path):
    """Neither where a trial's folder was replaced by a link, nor where its model was."""
    mine = tmp_path / "mine"
    (mine / "model").mkdir(parents=True)
    (mine / "spec.json").write_text("{}")
    spool.paths.trial(1).root.symlink_to(mine)
    spool.submit(TrialSpec(trial=2, role="confirm", family="sklearn", entry="train.py"))
    spool.paths.trial(2).model.symlink_to(mine / "model")
    spool.shed()
    assert (mine / "model").is_dir()
