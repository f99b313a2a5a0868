"""From what the scripts of a folder train to one verdict."""

from dataclasses import replace
from pathlib import Path, PurePosixPath

from mlprojects.contract import notebook

from .accounts import Account, Place
from .catalog import LOADED, SERVING, TRAINING_METHODS
from .facts import MAIN, ModuleFacts
from .library import Library
from .prescan import scan, with_importers
from .reading import Folder, is_inside, list_folder
from .terms import ANY
from .training import account, may_train
from .verdict import Evidence, Verdict
from .working_folder import working_folder

_NOT_CANDIDATES = {"conftest.py", "setup.py", "__init__.py"}
_TITLES = {"sklearn": "scikit-learn", "keras": "Keras"}
_KINDS = {"cnn": "convolutional", "rnn": "recurrent", "dense": "dense"}
_SHOWN = 6
_TRAINS = TRAINING_METHODS - {"search"} | {"apply_gradients"}
_MOST_CALLS = 12_000  # followed in all scripts together: some seconds of work


def inspect(root: Path, entry: str | None = None) -> Verdict:
    """Say what the Python code below `root` trains; with `entry`, what that script trains."""
    root = root.resolve()
    if not root.is_dir():
        return _none(f"{root.name} is not a folder")
    folder = list_folder(root)
    if entry is not None:
        return _inspect_entry(root, folder, entry)
    files = [file for file in folder.python if _is_candidate(file)]
    library = Library(root, folder.python)
    accounts, unread = _accounts(root, library, folder.python, files)
    verdict = _choose(root, library, accounts)
    if verdict is None:  # then what is seldom a script to run is looked at as well: tests, folders named build
        wider = list_folder(root, widely=True)
        library = Library(root, wider.python, library)
        rest = [file for file in wider.python if file not in set(files)]
        verdict = _choose(root, library, _accounts(root, library, wider.python, rest)[0])
    if verdict is None and not folder.python:
        return _none(f"no Python file in {root.name}")
    verdict = verdict or _nothing(library, accounts, files)
    if unread:
        left = f"{len(unread)} of its files were not read, {unread[0]} the first: set `entry:` in autotweak.yaml"
        read = verdict.candidates or ((verdict.entry,) if verdict.entry else ())
        reason = f"{verdict.reason}; the source is large, {left}"
        return replace(verdict, entry=None, candidates=(*read, *unread), reason=reason)
    return verdict


def _inspect_entry(root: Path, folder: Folder, entry: str) -> Verdict:
    path = PurePosixPath(entry).as_posix()
    if not is_inside(root, path):
        return _none(f"entry {entry} is not a file of the source")
    library = Library(root, tuple(sorted({*folder.python, path})))
    if library.facts(path) is None:
        return _none(f"{path} cannot be read (is it larger than 2 MiB?)")
    found = account(library, path)
    if found.trainings:
        return _judge(root, library, found)
    return _nothing(library, [found], [path], path)


def _choose(root: Path, library: Library, accounts: list[Account]) -> Verdict | None:
    """Settle on the one script that trains, or list those that do."""
    trainers = [found for found in accounts if found.trainings]
    trainers = _without_exports([found for found in trainers if _broken(library, found) is None] or trainers)
    trainers = [t for t in trainers if not all(x.is_weak for x in t.trainings)] or trainers
    own = [t for t in trainers if not (t.uses_imports and all(x.by_import for x in t.trainings))] or trainers
    own = [t for t in own if not _serves(library, t)] or own
    imported = {file for found in own for file in found.files if file != found.entry}
    roots = [found for found in own if found.entry not in imported]
    chosen = own if len(own) == 1 else roots
    if len(chosen) == 1:
        return _judge(root, library, chosen[0])
    return _undecided(library, roots or own) if own else None


def _without_exports(trainers: list[Account]) -> list[Account]:
    """Leave out a notebook that stands there as a script as well."""
    scripts = {found.entry.removesuffix(".py") for found in trainers}
    return [found for found in trainers if found.entry.removesuffix(notebook.SUFFIX) not in scripts]


def _serves(library: Library, found: Account) -> bool:
    """Tell whether a script is a server or has windows: beside one that only trains it is not what to train."""
    facts = library.facts(found.entry)
    imports = [name for scope in facts.scopes.values() for name, _ in scope.imports] if facts else []
    return any(name.split(".")[0] in SERVING for name in imports)


def _judge(root: Path, library: Library, found: Account) -> Verdict:
    families, broken = found.families, _broken(library, found)
    family = families[0] if len(families) == 1 else "both"
    decided = family in _TITLES
    kind = (found.keras_kind if family == "keras" else "classical") if decided else None
    reason = _reason(library, found, family)
    if broken:
        reason = _refused(broken)
        reason += "" if broken.startswith(f"{found.entry}:") else f" ({found.entry} imports it)"
    return Verdict(
        family,
        kind,
        None if broken else found.entry,
        environment_of(family, found) if decided else None,
        _evidence(library, found, families),
        reason,
        () if decided else (found.entry,),
        working_folder(root, found.entry, found.files),
        broken,
    )


def environment_of(family: str, found: Account) -> str:
    """Give the name of the environment that a script runs in: Keras' as well where it is only imported."""
    if family != "keras" and "keras" not in found.imports:
        return family
    return "keras2" if found.keras_generation.number == 2 else "keras"


def _undecided(library: Library, trainers: list[Account]) -> Verdict:
    names = tuple(found.entry for found in trainers)
    families = {family for found in trainers for family in found.families}
    supported = sorted(families & set(_TITLES))
    family = "both" if len(supported) > 1 else (supported or ["unsupported"])[0]
    broken = next((b for found in trainers if (b := _broken(library, found))), None)
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    evidence = [_line(library, found.trainings[0].place) for found in trainers[:_SHOWN]]
    reason = f"{len(names)} scripts train a model: set `entry:` in autotweak.yaml to one of {shown}"
    environment = family if family in _TITLES else None  # of one family; of which generation shows the script chosen
    return Verdict(family, None, None, environment, tuple(evidence), reason, names, ".", broken)


def _reason(library: Library, found: Account, family: str) -> str:
    by_family = {training.family: training for training in reversed(found.trainings)}
    if family == "both":
        ours, keras = by_family["sklearn"], by_family["keras"]
        return (
            f"{found.entry} trains both a scikit-learn model ({_at(ours.place)}) and a Keras model "
            f"({_at(keras.place)}): put them into two scripts and set `entry:` in autotweak.yaml to one of them"
        )
    training = by_family[family]
    if family == "unsupported":
        return f"{training.name} is not supported: {_at(training.place)} trains with it"
    is_guessed = family == "keras" and found.telling_layer is None and not found.shows_layers
    is_loaded = found.telling_layer is None and training.name in LOADED
    kind = f"{_KINDS[found.keras_kind]} " if family == "keras" and not (is_guessed or is_loaded) else ""
    what = training.name.rpartition(".")[2].replace(ANY, "what is named when it runs")
    text = f"{found.entry} trains a {kind}{_TITLES[family]} model: {what} is fitted at {_at(training.place)}"
    if is_loaded:
        text += "; it is loaded, and taken for dense"
    elif is_guessed:
        text += "; its layers do not show in the source, and it is taken for dense"
    facts = library.facts(found.entry)
    if facts and facts.implied:
        text += f"; nothing in it imports {', '.join(facts.implied[:_SHOWN])}, so that it cannot run as it is"
    age = found.keras_generation
    if family == "keras" and age.place is not None:
        text += f"; written for Keras {age.number}: {age.sign} at {_at(age.place)}"
    return text


def _evidence(library: Library, found: Account, families: tuple[str, ...]) -> tuple[Evidence, ...]:
    places: list[Place] = []
    for family in families:
        training = next(t for t in found.trainings if t.family == family)
        layer = found.telling_layer if family == "keras" else None
        age = found.keras_generation.place if family == "keras" else None
        places += [p for p in (found.imports.get(family), training.built, layer, training.place, age) if p]
    return tuple(_line(library, place) for place in dict.fromkeys(places))


def _line(library: Library, place: Place) -> Evidence:
    facts = library.facts(place.file)
    return Evidence(place.file, place.line, facts.text(place.line) if facts else "")


def _at(place: Place) -> str:
    return f"{place.file}:{place.line}"


def _broken(library: Library, found: Account) -> str | None:
    """Give the first syntax error among the entry and the files it reaches: "train.py:7: invalid syntax"."""
    for file in found.files:
        facts = library.facts(file)
        if facts and facts.error:
            return _error(facts)
    return None


def _error(facts: ModuleFacts) -> str:
    return f"{facts.path}:{facts.error_line}: {facts.error}"


def _refused(error: str) -> str:
    return error.replace(": ", ": not valid Python 3: ", 1)


def _is_candidate(file: str) -> bool:
    path = PurePosixPath(file)
    in_tests = "tests" in path.parts[:-1]
    return not in_tests and not path.name.startswith("test_") and path.name not in _NOT_CANDIDATES


def _accounts(
    root: Path, library: Library, files: tuple[str, ...], candidates: list[str]
) -> tuple[list[Account], list[str]]:
    """Judge the scripts that may train themselves, then those that train by importing one of them.

    The second list has the scripts that were not judged, for there was too much to follow already.
    """
    promising, importers = scan(root, library.imports, files)
    waiting = [file for file in candidates if file in promising and may_train(library, file)]
    waiting.sort(key=lambda file: file.count("/"))  # the entry of a large source seldom lies deep
    accounts: dict[str, Account] = {}
    calls = 0
    while waiting and calls < _MOST_CALLS:
        file = waiting.pop(0)
        found = accounts[file] = account(library, file)
        calls += found.calls
        if found.trainings and _runs_when_imported(library, file):
            known = {*accounts, *waiting}
            waiting += sorted(with_importers([file], importers).intersection(candidates) - known)
    return [accounts[file] for file in sorted(accounts)], waiting


def _runs_when_imported(library: Library, file: str) -> bool:
    """Tell whether a file that trains may do so when it is imported: it keeps nothing for `__main__`."""
    facts = library.facts(file)
    return facts is not None and not facts.scopes[MAIN].calls


def _nothing(library: Library, accounts: list[Account], files: list[str], entry: str | None = None) -> Verdict:
    """Say why nothing was found, with the place that came closest."""
    facts = library.facts(files[0]) if len(files) == 1 else None
    if facts and facts.error:
        error = _error(facts)
        return Verdict(_imported_family(facts), None, None, None, (), _refused(error), syntax_error=error)
    reason = "no script trains a scikit-learn or Keras model when it is run"
    called = frozenset().union(*(found.scopes for found in accounts))
    unused = next((found for file in files if (found := _unused_fit(library.facts(file), called))), None)
    bare = [found.entry for found in accounts if not found.imports][:_SHOWN]
    looked_at = (*accounts, *(account(library, file, is_thorough=True) for file in bare))
    unresolved = next((found.unresolved[0] for found in looked_at if found.unresolved), None)
    handed_on = next((found for found in accounts if found.handed_to), None)
    made_up = next((found.made_up for found in accounts if found.made_up), None)
    if unresolved:
        reason = f"cannot tell what is fitted at {_at(unresolved)}: no model is built before it"
    elif handed_on:
        reason = (
            f"{handed_on.entry} only describes its steps to {handed_on.handed_to}: write a script that trains when it "
            "is run, and set `entry:` in autotweak.yaml to it"
        )
    elif made_up:
        reason = f"cannot tell what is trained: {_at(made_up)} makes up a name when it is run"
    elif unused:
        reason = f"no script trains when it is run: {unused} fits a model, but nothing calls that function"
    return Verdict("none", None, entry, None, (), reason)


def _imported_family(facts: ModuleFacts) -> str:
    """Give the family of a file that is too broken to say more than what it imports."""
    imported = {dotted.split(".")[0] for scope in facts.scopes.values() for dotted, _ in scope.imports}
    return "keras" if imported & {"keras", "tensorflow"} else "sklearn" if "sklearn" in imported else "none"


def _unused_fit(facts: ModuleFacts | None, called: frozenset[tuple[str, str]]) -> str | None:
    if facts is None:
        return None
    imported = {dotted.split(".")[0] for scope in facts.scopes.values() for dotted, _ in scope.imports}
    if not imported & {"keras", "tensorflow", "sklearn"}:
        return None
    for name, scope in facts.scopes.items():
        if name not in ("", MAIN) and scope.attributes & _TRAINS and (facts.path, name) not in called:
            return f"{facts.path}:{scope.line}"
    return None


def _none(reason: str) -> Verdict:
    return Verdict("none", None, None, None, (), reason)
