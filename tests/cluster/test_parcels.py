"""What goes from one machine to another, and where trials are placed."""

import io
import os
import tarfile

import pytest

from mlprojects.contract.layout import TrialPaths
from pipelines.cluster.connect import security
from pipelines.cluster.parcels import (
    MOST_BYTES,
    MOST_CHECKPOINT_BYTES,
    MOST_WHOLE_BYTES,
    Known,
    Parcel,
    known,
    mend,
    pack,
    unpack,
)
from pipelines.cluster.sandbox import place
from pipelines.errors import PlatformError, UsageError
from pipelines.settings import MachineSettings

END = b'{"event": "finished", "time": 2}\n'


@pytest.fixture
def there(tmp_path):
    """Give a trial's folder on an agent, under way."""
    trial = TrialPaths(tmp_path / "there")
    trial.checkpoint.mkdir(parents=True)
    trial.journal.write_bytes(b'{"event": "started", "time": 1}\n')
    trial.output.write_bytes(b"hello\n")
    (trial.checkpoint / "0000-00000003-ab.npz").write_bytes(b"three")
    return trial


@pytest.fixture
def here(tmp_path):
    """Give its mirror, still empty."""
    trial = TrialPaths(tmp_path / "here")
    trial.root.mkdir()
    return trial


def ship(there, here):
    """One parcel, as it was shipped."""
    parcel = pack(there, known(here))
    unpack(here, parcel)
    return parcel


def test_a_mirror_follows(there, here):
    """New bytes are appended, new checkpoints come, old ones go, and the rest comes at the end."""
    ship(there, here)
    with there.journal.open("ab") as file:
        file.write(END)
    (there.checkpoint / "0000-00000004-cd.npz").write_bytes(b"four")
    (there.checkpoint / "0000-00000003-ab.npz").unlink()
    (there.model / "data").mkdir(parents=True)
    (there.model / "data" / "model.keras").write_bytes(b"weights")
    there.plots.mkdir()
    (there.plots / "loss.png").write_bytes(b"png")
    assert ship(there, here).last
    ship(there, here)
    assert here.journal.read_bytes() == there.journal.read_bytes()
    assert here.output.read_bytes() == b"hello\n"
    assert {path.name: path.read_bytes() for path in here.checkpoint.iterdir()} == {"0000-00000004-cd.npz": b"four"}
    assert (here.model / "data" / "model.keras").read_bytes() == b"weights"
    assert (here.plots / "loss.png").read_bytes() == b"png"


def test_a_trial_that_moves_takes_all_with_it(there, here, tmp_path):
    """A third machine goes on from the mirror of one that is gone."""
    ship(there, here)
    third = TrialPaths(tmp_path / "third")
    third.root.mkdir()
    unpack(third, pack(here, Known(), most=None))
    assert third.journal.read_bytes() == there.journal.read_bytes()
    assert [path.name for path in third.checkpoint.iterdir()] == ["0000-00000003-ab.npz"]


def test_only_whole_lines_are_sent(there, here):
    """A line that a kill has cut is not sent, so that the supervisor may take it back; output goes as it is."""
    for path in (there.journal, there.sealed, there.output):
        with path.open("ab") as file:
            file.write(b"torn")
    ship(there, here)
    assert here.journal.read_bytes() == there.journal.read_bytes().removesuffix(b"torn")
    assert not here.sealed.exists()
    assert here.output.read_bytes() == b"hello\ntorn"
    there.journal.write_bytes(here.journal.read_bytes() + END)
    ship(there, here)
    assert here.journal.read_bytes() == there.journal.read_bytes()


def test_the_end_comes_when_all_is_there(there, here):
    """Output larger than a parcel comes first, the line that ends the trial and the model with the last of it."""
    there.output.write_bytes(b"x" * (2 * MOST_BYTES + 1))
    there.journal.write_bytes(END)
    there.model.mkdir()
    (there.model / "MLmodel").write_bytes(b"model")
    for _ in range(2):
        assert not ship(there, here).last
        assert not here.journal.exists()
        assert not here.model.exists()
    assert ship(there, here).last
    assert here.output.stat().st_size == 2 * MOST_BYTES + 1
    assert here.journal.read_bytes() == END
    assert (here.model / "MLmodel").read_bytes() == b"model"


def test_a_journal_larger_than_a_parcel_comes_in_whole_lines(there, here):
    """Each parcel ends with a line; lines that are no events are passed on, and none of them is an end."""
    line = b"[" * 1000 + b"\n"
    there.journal.write_bytes(line * (MOST_BYTES // len(line) + 1) + END)
    assert not ship(there, here).last
    assert here.journal.read_bytes().endswith(b"[\n")
    assert ship(there, here).last
    assert here.journal.read_bytes() == there.journal.read_bytes()


def test_a_trial_that_moves_is_not_cut_short(there, here):
    """However large its output is; half a line that a killed driver has left in the mirror does not go along."""
    there.output.write_bytes(b"x" * (MOST_BYTES + 1))
    with there.journal.open("ab") as file:
        file.write(b"torn")
    mend(there)
    unpack(here, pack(there, Known(), most=None))
    assert known(here) == known(there)


def test_what_is_too_large_is_left_out_whole(there, here):
    """A folder over the limit stays on the agent and is said to; so does a checkpoint, without which it goes on."""
    there.journal.write_bytes(END)
    for folder, size in (
        (there.model, MOST_WHOLE_BYTES),
        (there.checkpoint, MOST_CHECKPOINT_BYTES + 1),
        (there.plots, 9),
    ):
        folder.mkdir(exist_ok=True)
        with (folder / "large.npz").open("wb") as file:
            file.truncate(size)  # sparse: it takes no room
    (there.model / "small").write_bytes(b"x")
    parcel = ship(there, here)
    assert parcel.last
    assert parcel.left_out == ("model/ has 2048 MiB, and at most 2048 MiB are sent",)
    assert not here.model.exists()
    assert (here.plots / "large.npz").stat().st_size == 9
    assert [path.name for path in here.checkpoint.iterdir()] == ["0000-00000003-ab.npz"]


def test_only_regular_files_leave_a_sandbox(there, here, tmp_path):
    """Links, pipes and folders in the place of files are not followed, read, or waited for."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    there.journal.unlink()
    there.journal.symlink_to(secret)
    there.output.unlink()
    os.mkfifo(there.output)
    (there.checkpoint / "link.npz").symlink_to(secret)
    there.plots.mkdir()
    (there.plots / "link.png").symlink_to(secret)
    there.model.symlink_to(tmp_path)
    there.sealed.write_bytes(b'{"event": "evaluated", "time": 1}\n')
    ship(there, here)
    there.journal.unlink()
    there.journal.write_bytes(END)
    ship(there, here)
    assert b"secret" not in b"".join(path.read_bytes() for path in here.root.rglob("*") if path.is_file())
    assert here.journal.read_bytes() == END


def test_what_leads_out_of_a_trial_is_refused(here, tmp_path):
    """An agent that was taken over writes nowhere else on the driver's machine."""
    with pytest.raises(PlatformError, match="a checkpoint of the name"):
        unpack(here, Parcel(checkpoints={"../../x.npz": b"x"}))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in ("model/../../out", "elsewhere/x", "journal.jsonl"):
            info = tarfile.TarInfo(name)
            info.size = 1
            tar.addfile(info, io.BytesIO(b"x"))
    with pytest.raises(PlatformError, match="leads out of its trial"):
        unpack(here, Parcel(rest=buffer.getvalue()))
    assert [path.name for path in tmp_path.rglob("*")] == ["here"]


@pytest.mark.parametrize(
    ("free", "waiting", "placed"),
    [
        ({}, [1], []),
        ({"a": 1, "b": 2}, [4, 5, 6, 7], [(4, "b"), (5, "a"), (6, "b")]),
        ({"a": 0, "b": -1}, [1], []),
        ({"b": 1, "a": 1}, [1], [(1, "a")]),
    ],
)
def test_trials_go_where_there_is_most_room(free, waiting, placed):
    """In their order, and no more than there are slots."""
    assert place(free, waiting) == placed


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("10.0.0.1:8786", "tls://HOST:8786 is"),
        ("tls://host", "tls://HOST:8786 is"),
        ("tcp://10.0.0.1:8786", "unprotected"),
        ("tls://10.0.0.1:8786", "AUTOTWEAK_CLUSTER_CA names no file"),
    ],
)
def test_an_address_is_of_tls_or_of_this_machine(address, said):
    """What would cross the network in the open is refused, with what to do instead."""
    with pytest.raises(UsageError, match=said):
        security(address, MachineSettings())


def test_on_this_machine_there_is_nothing_to_encrypt():
    """A scheduler at the loopback needs no certificates."""
    assert security("tcp://127.0.0.1:8786", MachineSettings()) is None
