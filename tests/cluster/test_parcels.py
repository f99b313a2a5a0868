"""What goes from one machine to another, and where trials are placed."""

import io
import os
import tarfile

import pytest

from mlprojects.contract.layout import TrialPaths
from pipelines.cluster.connect import security
from pipelines.cluster.parcels import Known, Parcel, known, pack, unpack
from pipelines.cluster.sandbox import place
from pipelines.errors import PlatformError, UsageError
from pipelines.settings import MachineSettings


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


def ship(there, here, ended=False):
    """One parcel."""
    unpack(here, pack(there, known(here), ended))


def test_a_mirror_follows(there, here):
    """New bytes are appended, new checkpoints come, old ones go, and the rest comes at the end."""
    ship(there, here)
    with there.journal.open("ab") as file:
        file.write(b'{"event": "finished", "time": 2}\n')
    (there.checkpoint / "0000-00000004-cd.npz").write_bytes(b"four")
    (there.checkpoint / "0000-00000003-ab.npz").unlink()
    (there.model / "data").mkdir(parents=True)
    (there.model / "data" / "model.keras").write_bytes(b"weights")
    there.plots.mkdir()
    (there.plots / "loss.png").write_bytes(b"png")
    ship(there, here, ended=True)
    ship(there, here, ended=True)
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
    unpack(third, pack(here, Known(), ended=False))
    assert third.journal.read_bytes() == there.journal.read_bytes()
    assert [path.name for path in third.checkpoint.iterdir()] == ["0000-00000003-ab.npz"]


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
    ship(there, here, ended=True)
    assert b"secret" not in b"".join(path.read_bytes() for path in here.root.rglob("*") if path.is_file())
    assert not here.journal.exists()


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
