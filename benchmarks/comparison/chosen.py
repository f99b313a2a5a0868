"""The tasks: small scripts whose model is weak as written."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "tasks"


@dataclass(frozen=True)
class Task:
    """One script."""

    name: str
    family: str
    estimators: tuple[str, ...] = ()
    """Estimators that may stand in for the script's own."""

    @property
    def folder(self) -> Path:
        """Where its script is."""
        return FOLDER / self.name

    @property
    def about(self) -> str:
        """The script's first words, a sentence."""
        return self._text.split('"""')[1]

    @property
    def digest(self) -> str:
        """Of the script: another one has other scores."""
        return sha256(f"{self._text}{self.estimators}".encode()).hexdigest()[:12]

    @property
    def _text(self) -> str:
        return (self.folder / "train.py").read_text(encoding="utf-8")


TASKS = (
    Task("noisy_rows", "keras"),
    Task("digits_cnn", "keras"),
    Task("wrong_rate", "keras"),
    Task("raw_cancer", "keras"),
    Task("svc_wine", "sklearn"),
    Task("knn_noise", "sklearn"),
    Task("shallow_forest", "sklearn"),
    Task("weak_mlp", "sklearn"),
    Task("line_in_circles", "sklearn", ("KNeighborsClassifier", "RandomForestClassifier", "SVC")),
)
