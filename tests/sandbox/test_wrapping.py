"""Seeing the script's calls, and stepping aside."""

import pytest

from mlprojects.contract.trial import TrialSpec
from mlprojects.sandbox.session import Session, TweakError
from mlprojects.sandbox.wrapping import guard, subclasses, wrap_function, wrap_method


@pytest.fixture
def session(make_spool):
    """Give a session on an empty journal."""
    spool = make_spool("", {})
    return Session(TrialSpec(trial=0, role="baseline", family="sklearn", entry="train.py"), spool.trial(0))


def shout(text: str) -> str:
    """A function of this module that a script could call."""
    return text.upper()


def whisper(text: str) -> str:
    """Another one, which calls the first."""
    return shout(text).lower()


class Base:
    """A class with a method that scripts call."""

    def fit(self, x):
        """Return what was given."""
        return ("base", x)


class Child(Base):
    """A class that inherits it."""


class Grandchild(Child):
    """A class that overrides and calls it."""

    def fit(self, x):
        """Add to what the parent says."""
        return ("grandchild", *super().fit(x))


def test_only_the_outermost_call_is_seen(session):
    """A call from inside another wrapped call goes straight to the original."""
    seen = []

    def outer(original, n):
        seen.append(n)
        return original(n)

    wrapped = guard(session, lambda n: n if n == 0 else wrapped(n - 1) + 1, outer)
    assert wrapped(3) == 3
    assert seen == [3]
    assert session.outermost


def test_what_runs_instead_decides_the_result(session):
    """Arguments and the result are those of the wrapper; name and doc stay the original's."""
    wrapped = guard(session, shout, lambda original, text: original(text + "!") + "?")
    assert wrapped("a") == "A!?"
    assert (wrapped.__name__, wrapped.__doc__) == ("shout", shout.__doc__)


def failing(error: BaseException):
    """A function that raises, counting its calls."""
    calls = []

    def run(*_: object) -> None:
        calls.append(1)
        raise error

    return run, calls


@pytest.mark.parametrize(
    "error", [ValueError("mine"), KeyError(3), StopIteration(), SystemExit(3), KeyboardInterrupt()]
)
def test_the_scripts_error_is_raised_as_it_came(session, error):
    """The very exception object comes out, the original ran once, and no fault is reported."""
    run, calls = failing(error)
    with pytest.raises(type(error)) as caught:
        guard(session, run, lambda original, *given: original(*given))()
    assert caught.value is error
    assert len(calls) == 1
    assert session.faults == 0
    assert session.outermost


def test_the_scripts_error_keeps_its_cause(session):
    """An exception that the script raised from another still names it."""

    def run():
        raise ValueError("outer") from KeyError("inner")

    with pytest.raises(ValueError, match="outer") as caught:
        guard(session, run, lambda original: original())()
    assert isinstance(caught.value.__cause__, KeyError)


def test_our_fault_before_the_call_steps_aside(session, ran):
    """The original runs with the script's own arguments, exactly once, and the fault is in the journal."""
    calls = []

    def around(original, text):
        raise ZeroDivisionError("ours")

    wrapped = guard(session, lambda text: calls.append(text) or "done", around)
    assert wrapped("a") == "done"
    assert calls == ["a"]
    assert (session.faults, session.bypassed) == (1, 1)
    assert [event["reason"] for event in ran(session.paths).of("fault")] == ["ZeroDivisionError: ours"]


def test_our_fault_after_the_call_does_not_run_it_again(session):
    """What the original returned is returned; a second fit would train a second time."""
    calls = []

    def around(original, text):
        original(text)
        raise ZeroDivisionError("ours")

    wrapped = guard(session, lambda text: calls.append(text) or "done", around)
    assert wrapped("a") == "done"
    assert calls == ["a"]
    assert (session.faults, session.bypassed) == (1, 0)
    assert session.outermost


def test_our_fault_of_the_signature_leaves_the_scripts_error(session):
    """A call that does not fit the original raises the original's TypeError."""
    with pytest.raises(TypeError, match="shout"):
        guard(session, shout, lambda original, text: original(text))()


def test_a_tweak_that_does_not_fit_ends_the_call(session):
    """A tweak's error is no fault of the wrapper: it goes up, and the original does not run as written."""
    calls = []

    def around(original, *_):
        raise TweakError("no such layer")

    with pytest.raises(TweakError, match="no such layer"):
        guard(session, calls.append, around)(1)
    assert calls == []
    assert session.faults == 0


def test_a_method_is_wrapped_where_it_is_defined_and_once(session, monkeypatch):
    """Subclasses are seen once a call, whether they inherit the method or override and call it."""
    for cls in (Base, Grandchild):
        monkeypatch.setattr(cls, "fit", cls.__dict__["fit"])
    seen = []

    def around(original, self, x):
        seen.append(type(self).__name__)
        return original(self, x)

    for _ in range(2):
        for cls in subclasses(Base):
            wrap_method(session, cls, "fit", around)
    assert "fit" not in Child.__dict__
    assert [Base().fit(1), Child().fit(2), Grandchild().fit(3)] == [("base", 1), ("base", 2), ("grandchild", "base", 3)]
    assert seen == ["Base", "Child", "Grandchild"]


def test_a_method_that_is_there_only_sometimes(session):
    """A method behind scikit-learn's ``available_if`` is seen where it is available and missing where it is not."""
    from sklearn.utils.metaestimators import available_if

    class Sometimes:
        def __init__(self, able):
            self.able = able

        @available_if(lambda self: self.able)
        def predict(self, x):
            """Double it."""
            return 2 * x

    wrap_method(session, Sometimes, "predict", lambda original, self, x: original(self, x) + 1)
    wrap_method(session, Sometimes, "predict", lambda original, self, x: original(self, x) + 100)
    assert Sometimes(able=True).predict(3) == 7
    assert not hasattr(Sometimes(able=False), "predict")


def test_a_property_or_a_class_method_is_left_alone(session):
    """Only what is called on an instance is wrapped."""

    class Odd:
        @classmethod
        def fit(cls):
            """Return the class's name."""
            return cls.__name__

        predict = property(lambda _: "p")

    for name in ("fit", "predict", "score"):
        wrap_method(session, Odd, name, lambda *_: pytest.fail("was wrapped"))
    assert (Odd.fit(), Odd().predict) == ("Odd", "p")
    assert not hasattr(Odd, "score")


def test_a_function_is_wrapped_wherever_it_is_imported(session, monkeypatch):
    """A module that holds the function under its own name calls the wrapper."""
    monkeypatch.setitem(globals(), "shout", shout)
    original = shout
    wrap_function(session, original, lambda call, text: call(text) + "!")
    assert shout("a") == "A!"
    assert whisper("B") == "b!"
    assert original("a") == "A"


def test_every_class_below_another_comes_once():
    """A class with two parents is not given twice."""

    class Left(Child):
        pass

    class Right(Child):
        pass

    class Both(Left, Right):
        pass

    found = list(subclasses(Child))
    assert found.count(Both) == 1
    assert {Child, Grandchild, Left, Right, Both} <= set(found)
    assert Base not in found
