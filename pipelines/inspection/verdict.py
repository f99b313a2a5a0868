"""What reading a source says."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Evidence:
    """One line of the source that speaks for the verdict; `file` is a posix path relative to the root."""

    file: str
    line: int
    text: str


@dataclass(frozen=True)
class Verdict:
    """What a folder trains, and with which script.

    `family` is sklearn, keras, both, unsupported or none; `kind` is classical, dense, cnn or rnn, and None
    where the family is not one that can be trained or the script is not settled. `entry` and `candidates`
    are posix paths relative to the root, `cwd` is the folder to run the entry in. `syntax_error` is set
    ("train.py:7: invalid syntax") when the code that would have to run is not valid Python 3.
    """

    family: str
    kind: str | None
    entry: str | None
    environment: str | None
    evidence: tuple[Evidence, ...]
    reason: str
    candidates: tuple[str, ...] = ()
    cwd: str = "."
    syntax_error: str | None = None

    def to_json(self) -> dict[str, object]:
        """Give all fields with plain types."""
        fields = asdict(self)
        return fields | {"evidence": list(fields["evidence"]), "candidates": list(self.candidates)}
