"""The folder a script expects to be run in, told by the files it names."""

from pathlib import Path, PurePosixPath

from .facts import ModuleFacts


def working_folder(root: Path, entry: str, facts: ModuleFacts | None) -> str:
    """Give the entry's folder or the root ("."), whichever has more of the paths named in the entry."""
    own = PurePosixPath(entry).parent.as_posix()
    if own == "." or facts is None:
        return own
    paths = [text for text in facts.strings if _looks_like_path(text)]
    here = sum(_exists(root, own, path) for path in paths)
    above = sum(_exists(root, ".", path) for path in paths)
    return "." if above > here else own


def _looks_like_path(text: str) -> bool:
    plain = text.isprintable() and text == text.strip() and "://" not in text
    return plain and not text.startswith(("/", "~")) and text.strip("./") != ""


def _exists(root: Path, folder: str, text: str) -> bool:
    """Tell whether a path, or the folder it would be written to, is there; never looking outside `root`."""
    parts: list[str] = [part for part in folder.split("/") if part != "."]
    steps = [part for part in text.split("/") if part not in ("", ".")]
    for part in steps:
        if part == ".." and not parts:
            return False
        parts = parts[:-1] if part == ".." else [*parts, part]
    if not parts or len(steps) == 0:
        return False
    path = root.joinpath(*parts)
    try:
        return path.exists() or (len(steps) > 1 and path.parent != root and path.parent.is_dir())
    except OSError:
        return False
