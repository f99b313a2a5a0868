"""What one script trains when it is run."""

import sys
from collections.abc import Iterator
from dataclasses import replace

from . import catalog
from .accounts import Account, Place, Training
from .catalog import Part
from .facts import MAIN, Scope
from .flow import Flow
from .frameworks import framework_imports, imports_hydra, made_up, orchestrator
from .generation import generation
from .kind import built_names, keras_kind
from .library import Library
from .origins import Local, Made, Name, Origin, Unknown
from .reach import Reach
from .terms import Attribute, Call, Imported, Read
from .uses import without_helpers

_TELLING = (
    catalog.TRAINING_METHODS
    | catalog.UNSUPPORTED_VERBS
    | catalog.GRADIENT_METHODS
    | {name.rpartition(".")[2] for name in catalog.TRAINING_FUNCTIONS}
    | {"backward", "grad", "value_and_grad", "optim"}
)

_NO_STRANGERS = catalog.LEARNING_ROOTS | sys.stdlib_module_names | {"builtins"}
_BY_FUNCTION = tuple(f".{verb}" for verb in catalog.UNSUPPORTED_VERBS)  # xgboost.train, pycaret...compare_models


def account(library: Library, entry: str, *, is_thorough: bool = False) -> Account:
    """Say what running the file `entry` trains; thoroughly, also where no framework is imported."""
    reach = Reach(library, entry)
    found = _account(reach, is_thorough=is_thorough)
    if reach.guesses and not found.trainings:
        guessed = _account(Reach(library, entry, guess=True), is_thorough=is_thorough)
        return guessed if guessed.trainings else found
    return found


def _account(reach: Reach, *, is_thorough: bool) -> Account:
    imports = framework_imports(reach)
    if imports or is_thorough or imports_hydra(reach):
        found = _Judge(reach, Flow(reach), imports).account()
    else:  # nothing to train with: the values need not be traced
        found = Account(reach.entry, tuple(reach.files), (), "dense", None, {}, (), False)
    scopes = frozenset(reach.scopes)
    return replace(found, scopes=scopes, made_up=made_up(reach), handed_to=orchestrator(reach))


def may_train(library: Library, entry: str) -> bool:
    """Tell, quickly, whether `entry` itself may train something, leaving aside what its imports do."""
    reach = Reach(library, entry, imports=False)
    scopes = list(reach.scopes.values())
    facts = library.facts(entry)
    if reach.guesses and facts:
        scopes += facts.scopes.values()
    return any(_tells(scope) for scope in scopes)


def _tells(scope: Scope) -> bool:
    imported = (name for dotted, _ in scope.imports for name in dotted.split("."))
    names = (name[-1] for name in scope.used)
    return not all(map(_TELLING.isdisjoint, (scope.attributes, imported, names)))


class _Judge:
    def __init__(self, reach: Reach, flow: Flow, imports: dict[str, Place]) -> None:
        self.reach = reach
        self.flow = flow
        self.imports = imports
        self.built = list(built_names(flow))
        self.is_handed_on = bool(orchestrator(reach))
        self.verbs = catalog.TRAINING_METHODS
        self.backward = next((f"{catalog.unsupported(root)}" for root in imports if root in catalog.BACKWARD_ROOTS), "")
        used = frozenset().union(*(scope.attributes for scope in reach.scopes.values()))
        self.predicts = bool(used & {"predict", "predict_proba", "evaluate", "score"})
        self.keeps = self.predicts or "dump" in used
        if "unsupported" in self.imports or any(catalog.unsupported(name) for name, _ in self.built):
            self.verbs |= catalog.UNSUPPORTED_VERBS

    def account(self) -> Account:
        trainings: list[Training] = []
        unresolved: list[tuple[Place, Call, str]] = []
        for file, scope, call in self.flow.calls():
            if self.is_handed_on and (file, scope.name) not in ((self.reach.entry, ""), (self.reach.entry, MAIN)):
                continue
            found = [*self._method(file, call), *self._function(file, call)]
            by_import = (file, scope.name) in self.reach.by_import
            for training in found:
                if training.family:
                    trainings.append(replace(training, by_import=by_import))
                else:
                    unresolved.append((training.place, call, training.name))
        strong = [training for training in trainings if not training.is_weak]
        if not strong:
            strong = [t for place, call, method in unresolved for t in self._guess(place, call, method)]
        strong = without_helpers(strong or self._tensorflow1(), self.flow)
        kept = tuple(dict.fromkeys(strong or [t for t in trainings if t.family == "sklearn"] or trainings))
        is_keras = any(training.family == "keras" for training in kept)  # else nobody asks, and to look is slow
        kind, layer, shows_layers = keras_kind(self.flow, self.built) if is_keras else ("dense", None, True)
        return Account(
            self.reach.entry,
            tuple(self.reach.files),
            kept,
            kind,
            layer,
            self.imports,
            tuple(place for place, _, _ in unresolved),
            self._uses_imports(),
            len(self.flow.callees),
            generation(self.reach, self.flow),
            shows_layers=shows_layers,
        )

    def _method(self, file: str, call: Call) -> Iterator[Training]:
        """Judge a call of a method that may train; family "" says that its object cannot be told."""
        if not isinstance(call.function, Attribute):
            return
        method, place = call.function.name, Place(file, call.line)
        if method == "backward" and self.backward:
            yield Training("unsupported", self.backward, place)
        elif method in self.verbs:
            origins = self.flow.trace(call.function.base, file)
            yield from self._fitted(origins, method, call, place)
        elif method in catalog.GRADIENT_METHODS:
            yield from self._gradient(method, place, call, file)

    def _fitted(self, origins: tuple[Origin, ...], method: str, call: Call, place: Place) -> Iterator[Training]:
        known = method in catalog.TRAINING_METHODS
        for origin in origins or (Unknown(),):
            if isinstance(origin, Name):
                framework = catalog.unsupported(origin.name)
                if framework:
                    yield Training("unsupported", framework, place)
            elif isinstance(origin, Local) and self.flow.is_defined(origin, method):
                yield from self._own_estimator(origin, place)
            elif isinstance(origin, Unknown):
                if known and method != "search":
                    yield Training("", method, place)
            else:
                yield from self._trained(origin, place, set(), known=known, hints=_keras_hints(method, call))

    def _trained(
        self, origin: Origin, place: Place, seen: set[Origin], *, known: bool = True, hints: bool = False
    ) -> Iterator[Training]:
        """Judge one object that is fitted."""
        if origin in seen:
            return
        seen.add(origin)
        if isinstance(origin, Local):
            for name in self.flow.outside_bases(origin) if origin.sort == "instance" else ():
                yield from self._by_role(name, None, place)
            if origin.sort == "instance" and self.flow.is_defined(origin, "fit"):
                yield from self._own_estimator(origin, place)
        elif isinstance(origin, Made):
            built = Place(origin.file, origin.call.line)
            found = catalog.role(origin.name)
            configured = self._configured(origin)
            for made in configured:
                yield from self._trained(made, place, seen, known=known)
            if configured:
                return
            if found is None and known:
                yield from self._stranger(origin, place, built, seen, hints=hints)
            if found is None or not (known or found.family == "unsupported"):
                return
            if found.family == "sklearn" and found.part is not Part.HELPER:
                yield from self._sklearn(origin, found.part, place, built, seen)
            else:
                yield from self._by_role(origin.name, built, place)

    def _configured(self, origin: Made) -> tuple[Origin, ...]:
        """Give what Hydra makes of a part of the configuration, where that names a class of a framework."""
        key = _key(origin.call) if origin.name in catalog.INSTANTIATORS else None
        targets = self.reach.library.configured.targets(self.reach.entry, key) if key else ()
        calls = [Call(Imported(target), (), (), origin.call.line) for target in targets]
        return tuple(made for call in calls for made in self.flow.trace(call, origin.file) if isinstance(made, Made))

    def _stranger(
        self, origin: Made, place: Place, built: Place, seen: set[Origin], *, hints: bool
    ) -> Iterator[Training]:
        """Judge an object of an unknown library by the model put into it, by how it is fitted, or name the library.

        The last counts only where nothing else is trained, and only if there are predictions: much that has
        a `fit` is no model. What a function of such a library gives can be anything: `instantiate(config.model)`.
        """
        inside = [o for value in origin.call.values for o in self.flow.trace(value, origin.file)]
        is_part = len(seen) > 1
        content = [training for o in inside for training in self._trained(o, place, seen)]
        if content or is_part:
            yield from content
        elif hints and "keras" in self.imports:
            yield Training("keras", origin.name, place, built)
        elif origin.name.split(".")[0] not in _NO_STRANGERS:
            is_class = origin.name.rpartition(".")[2][:1].isupper()
            if self.predicts and is_class:
                yield Training("unsupported", origin.name, place, built, is_weak=True)
            elif self.keeps and not is_class:
                yield Training("", origin.name, place)

    def _sklearn(self, origin: Made, part: Part, place: Place, built: Place, seen: set[Origin]) -> Iterator[Training]:
        """Judge an estimator by what it holds, else by itself; a pipeline of helpers only is a helper."""
        inside = [o for value in origin.call.values for o in self.flow.trace(value, origin.file)]
        content = [training for o in inside for training in self._trained(o, place, seen)]
        if content:
            yield from content
        elif part is not Part.CONTAINER or not any(_is_helper(o) for o in inside) or Unknown() in inside:
            yield Training("sklearn", origin.name, place, built, part is Part.WEAK)

    def _by_role(self, name: str, built: Place | None, place: Place) -> Iterator[Training]:
        found = catalog.role(name)
        if found is None or found.part in (Part.HELPER, Part.LAYER) or name == "torch.nn.Module":
            return
        label = catalog.unsupported(name) or name if found.family == "unsupported" else name
        yield Training(found.family, label, place, built, found.part is Part.WEAK)

    def _own_estimator(self, origin: Local, place: Place) -> Iterator[Training]:
        """An estimator written in the source by scikit-learn's rules counts if nothing else is trained."""
        bases = [name for name in self.flow.outside_bases(origin) if name.startswith("sklearn.")]
        mixins = {name.rpartition(".")[2] for name in bases}
        if bases and "TransformerMixin" not in mixins and self.flow.is_defined(origin, "predict"):
            yield Training("sklearn", origin.name, place, None, is_weak=True)

    def _function(self, file: str, call: Call) -> Iterator[Training]:
        """Judge a call of a function that trains."""
        place = Place(file, call.line)
        for origin in self.flow.callees[call]:
            if not isinstance(origin, Name):
                continue
            name = origin.name
            if name in catalog.TRAINING_FUNCTIONS:
                estimators = [o for value in call.values for o in self.flow.trace(value, file)]
                found = [t for o in estimators for t in self._trained(o, place, set())]
                yield from found or [Training("", name, place)]
            elif catalog.unsupported(name) and isinstance(call.function, Read) and name.endswith(_BY_FUNCTION):
                yield Training("unsupported", str(catalog.unsupported(name)), place)
            elif name.startswith("torch.optim.") and name.rpartition(".")[2][:1].isupper():
                yield Training("unsupported", "PyTorch", place)
            elif name in ("jax.grad", "jax.value_and_grad"):
                yield Training("unsupported", "JAX", place)

    def _gradient(self, method: str, place: Place, call: Call, file: str) -> Iterator[Training]:
        """Judge `optimizer.apply_gradients(...)` and its like, the last step of a loop written by hand."""
        names = {name for name, _ in self.built}
        tape = "tensorflow.GradientTape" in names
        if method not in ("apply_gradients", "assign_sub") or not tape:
            assert isinstance(call.function, Attribute)
            origins = self.flow.trace(call.function.base, file)
            if not any(isinstance(o, Made) and o.name.startswith("keras.optimizers.") for o in origins):
                return
        if not tape and method == "apply":
            return
        model = next((item for item in self.built if _is_keras_net(item[0])), None)
        if model:
            yield Training("keras", model[0], place, model[1])
        elif tape or method == "minimize":
            yield Training("unsupported", "TensorFlow without a Keras model", place)

    def _guess(self, place: Place, call: Call, method: str) -> Iterator[Training]:
        """Judge a fit of something unknown by the models that are built at all."""
        if "keras" in self.imports and _keras_hints(method, call):
            built = next((item for item in self.built if _is_keras_net(item[0])), ("keras.Model", None))
            yield Training("keras", built[0], place, built[1])
            return
        for name, where in self.built:
            if catalog.builds_model(name):
                yield from self._by_role(name, where, place)

    def _tensorflow1(self) -> list[Training]:
        optimizers = [p for name, p in self.built if catalog.is_tensorflow1_optimizer(name)]
        if any(name in catalog.SESSIONS for name, _ in self.built):  # some library's train(session, ...)
            optimizers += [p for name, p in self.built if name.rpartition(".")[2] in ("train", "fit")]
        return [Training("unsupported", "TensorFlow 1", place) for place in optimizers[:1]]

    def _uses_imports(self) -> bool:
        """Tell whether the entry reads a name that it imports from another file of the source."""
        own = [scope for (file, _), scope in self.reach.scopes.items() if file == self.reach.entry]
        find = self.reach.library.imports.find
        bound = {
            store.name
            for scope in own
            for store in scope.stores
            if (name := getattr(store.value, "name", None)) and find(self.reach.entry, name)
        }
        return any(used[0] in bound for scope in own for used in scope.used)


def _keras_hints(method: str, call: Call) -> bool:
    names = {name for name, _ in call.keywords}
    return method in catalog.KERAS_METHODS or bool(names & catalog.KERAS_FIT_OPTIONS)


def _key(call: Call) -> str | None:
    """Give the key of the configuration that a call is given, of `config.model` or `config["model"]`."""
    match next(iter(call.arguments), None):
        case Attribute(name=name):
            return name
        case Call(function=Attribute(name="get"), constants=(("0", str(name)), *_)):
            return name
    return dict(call.keys).get("0")


def _is_helper(origin: Origin) -> bool:
    found = catalog.role(origin.name) if isinstance(origin, Made) else None
    return found is not None and found.part is Part.HELPER


def _is_keras_net(name: str) -> bool:
    found = catalog.role(name)
    if found is None or found.family != "keras":
        return False
    return found.part is Part.LAYER or catalog.builds_model(name)
