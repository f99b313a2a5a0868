"""What an error says may be shown and kept."""

import pytest

from pipelines.errors import PlatformError, without_password


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("http://robot:S3CRET@host/a.git cannot be fetched", "http://host/a.git cannot be fetched"),
        ("https://TOKEN@github.com/a/b.git@v1", "https://github.com/a/b.git@v1"),
        ("postgresql://user:pw@db:5432/mlflow", "postgresql://user@db:5432/mlflow"),
        ("ssh://git@host/a.git", "ssh://git@host/a.git"),
        ("git@host:me/net.git", "git@host:me/net.git"),
        ("train.py:3: ValueError: a@b", "train.py:3: ValueError: a@b"),
    ],
)
def test_no_address_has_a_password(text, kept):
    """Passwords and tokens go to Git and to nobody else."""
    assert without_password(text) == kept
    assert str(PlatformError(text)) == kept
