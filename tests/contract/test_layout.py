"""Names of files and folders that cross the wall, and writing them whole."""

import pytest

from mlprojects.contract.layout import SpoolPaths, write_atomic


def test_only_trials_with_a_specification_count(tmp_path):
    """Numbers are those of folders named by digits that have been told to go, ascending."""
    spool = SpoolPaths(tmp_path)
    for number in (11, 2, 0):
        spool.trial(number).root.mkdir(parents=True)
        spool.trial(number).spec.write_text("{}")
    spool.trial(5).root.mkdir()
    (spool.trials / "notes").mkdir()
    (spool.trials / "notes" / "spec.json").write_text("{}")
    assert spool.numbers() == [0, 2, 11]


def test_everything_of_a_trial_is_in_its_folder(tmp_path):
    """No two files of a trial share a name and none lies outside its folder."""
    paths = SpoolPaths(tmp_path).trial(3)
    files = [paths.spec, paths.journal, paths.sealed, paths.output, paths.model, paths.plots, paths.scratch]
    assert len(set(files)) == len(files)
    assert {path.parent for path in files} == {tmp_path / "trials" / "0003"}


def test_writing_replaces_the_whole_file_and_leaves_nothing_else(tmp_path):
    """The new text is there, the temporary file is not."""
    path = tmp_path / "spec.json"
    write_atomic(path, "a" * 1000)
    write_atomic(path, "ä")
    assert path.read_text(encoding="utf-8") == "ä"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    """Text that cannot be encoded changes nothing of the file that readers see."""
    path = tmp_path / "spec.json"
    write_atomic(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomic(path, "new \ud800")
    assert path.read_text() == "old"
