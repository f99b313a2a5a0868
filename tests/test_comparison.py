"""The comparison with other searches: what a method pays, equal budgets, and what is said of the runs."""

import pytest

from benchmarks.comparison.ledger import Entry, Ledger, Spent
from benchmarks.comparison.methods import autotweak, hyperopt, run, stopped_after
from benchmarks.comparison.runs import Run
from benchmarks.comparison.summary import duels, losses, ranks, rows, target
from benchmarks.comparison.trained import Trained
from mlprojects.contract.curves import Pace
from mlprojects.contract.trial import TrialSpec
from pipelines.facts import Described, Outcome, validate
from pipelines.search.space import build_space

WRITTEN = {"epochs": 4, "learning_rate": 0.01, "dense_layers": 1, "units": 16}
DESCRIBED = Described(
    time=0, event="described", gate=0, models=1, where="train.py:1", task="classification", rows=100, input_shape=[4],
    classes=2, data_fingerprint="x", estimator="Sequential", knobs=WRITTEN, choices={}, alternatives={}, summary="",
)  # fmt: skip


def trained(tweak, scores):
    """A trial with these validation scores: a second of fit for the first epoch, half a second for each other one."""
    logs = [{"val_accuracy": score, "val_loss": 1 - score} for score in scores]
    events = [{"event": "started", "time": 9.0, "attempt": 1}]
    events += [{"event": "epoch", "time": 10 + i / 2, "step": i, "model": 0, "logs": log} for i, log in enumerate(logs)]
    value = {"split": "validation", "metric": "accuracy", "value": scores[-1], "rows": 100, "interval": [0, 1]}
    end = 10 + (len(scores) - 1) / 2
    events.append({"event": "evaluated", "time": end, "evidence": "", **value})
    events.append({"event": "finished", "time": end, "fit_seconds": 1 + (len(scores) - 1) / 2, "seconds": 9.0})
    facts = [validate(event) for event in events]
    spec = TrialSpec(1, "search", "keras", "train.py", tweak=tweak, gate=0)
    return Trained.of(Outcome.of(spec, facts), facts, 0)


class Written:
    """A table written by hand: more epochs and more units are better."""

    space = build_space("keras", DESCRIBED, 4)

    def trained(self, tweak):
        """A curve as long as the tweak's epochs."""
        reached = 0.5 + tweak.get("units", 16) / 1000
        return trained(tweak, [reached + epoch / 100 for epoch in range(tweak.get("epochs", 4))])


def entries(*scores):
    """A run that pays a trial and two seconds for each score."""
    return tuple(Entry(float(i), 2.0 * i, score) for i, score in enumerate(scores, start=1))


def test_a_pruned_trial_pays_its_share_and_has_no_score():
    """One of four epochs is a quarter of a trial, with the seconds up to its end."""
    ledger = Ledger(2.0)
    assert ledger.pay(trained({}, [0.5, 0.6, 0.7, 0.8]), last=1, complete=False) == 0.5
    assert ledger.entries == [Entry(0.25, 1.0, None)]
    assert ledger.best == 0.0


def test_a_promoted_trial_pays_only_for_what_it_goes_on():
    """The epochs that its earlier round paid are not paid again, and each round has the score of its last epoch."""
    ledger, trial = Ledger(2.0), trained({}, [0.5, 0.6, 0.7, 0.8])
    assert [ledger.pay(trial, last=2), ledger.pay(trial, first=2, last=4)] == [0.6, 0.8]
    assert ledger.entries == [Entry(0.5, 1.5, 0.6), Entry(1.0, 2.5, 0.8)]


def test_what_the_budget_does_not_reach_for_is_not_paid():
    """Half a trial is left, a whole one is asked for."""
    ledger, trial = Ledger(1.5), trained({}, [0.5, 0.6])
    ledger.pay(trial)
    with pytest.raises(Spent):
        ledger.pay(trial)
    assert len(ledger.entries) == 1


def test_a_trial_that_failed_is_a_trial_with_its_time_and_no_score():
    """It is paid like any other."""
    failed = {"event": "failed", "time": 12.0, "kind": "trial", "reason": "no"}
    facts = [validate({"event": "started", "time": 9.0, "attempt": 1}), validate(failed)]
    spec = TrialSpec(1, "search", "keras", "train.py", gate=0)
    ledger = Ledger(2.0)
    assert ledger.pay(Trained.of(Outcome.of(spec, facts), facts, 0)) is None
    assert ledger.entries == [Entry(1.0, 3.0, None)]


@pytest.mark.parametrize("method", [autotweak, lambda *given: hyperopt("random", *given)], ids=["autotweak", "random"])
def test_every_method_has_the_same_budget(method):
    """A run ends when another trial would be more than it may have."""
    ledger = run(method, Written(), 7.0, 0)
    assert 6.0 < ledger.entries[-1].trials <= 7.0
    assert ledger.best > 0.516


def test_autotweak_begins_with_the_script_as_written_and_is_told_what_it_came_to():
    """The ladder climbs from the best so far: the units that helped are in the tweaks after them."""
    asked, table = [], Written()

    class Noted(Written):
        def trained(self, tweak):
            asked.append(tweak)
            return table.trained(tweak)

    run(autotweak, Noted(), 12.0, 0)
    assert asked[0] == {}
    assert {"epochs": 16, "units": 128} in [{k: v for k, v in t.items() if k in ("epochs", "units")} for t in asked]


def test_a_hopeless_trial_is_stopped_where_its_curve_says_so():
    """One that stands still far below the others ends with its fifth epoch; its score is that of the fifth."""
    flat = trained({}, [0.5] * 16)
    pace = Pace.of([[0.9, 0.9]] * 5)
    assert stopped_after(flat, pace) == 5
    assert stopped_after(trained({}, [0.9] * 16), pace) == 16
    stopped = flat.after(5)
    assert (stopped.validation.value, stopped.curve) == (0.5, (0.5,))


def test_the_target_is_what_one_random_trial_in_fifteen_reaches():
    """Two of thirty reached 0.905; it is rounded down."""
    assert target([Run("t", "d", "random", 0, entries(*[0.5] * 28, 0.91, 0.905))]) == 0.9


def test_where_another_method_did_better_is_told():
    """It was at the target sooner, and ahead after its two seconds; the better score in all is autotweak's, no loss."""
    random = Run("t", "d", "random", 0, entries(*[0.5] * 28, 0.91, 0.905))
    ours = Run("t", "d", "autotweak", 0, entries(0.5, 0.6, 0.95))
    other = Run("t", "d", "other", 0, entries(0.92))
    found = rows([ours, random, other])
    assert [(row.reached, row.trials, row.seconds, row.best) for row in found] == [
        (1, 3.0, 6.0, 0.95), (1, 29.0, 58.0, 0.91), (1, 1.0, 2.0, 0.92)
    ]  # fmt: skip
    told = [("other", "trials to the target", "3", "1"), ("other", "seconds to the target", "6", "2")]
    told.append(("other", "best, equal seconds", "0.500", "0.920"))
    assert [(loss.method, loss.measure, loss.ours, loss.theirs) for loss in losses(found)] == told
    assert duels([found]) == {
        "random": [(1, 0, 0)] * 3 + [(0, 1, 0)],
        "other": [(0, 0, 1), (0, 0, 1), (1, 0, 0), (0, 0, 1)],
    }


def test_equal_methods_share_their_ranks_and_a_target_never_reached_is_the_worst():
    """Two that reached it with the same trials are both number one and a half."""
    random = Run("t", "d", "random", 0, entries(*[0.5] * 28, 0.91, 0.905))
    ours, other = (Run("t", "d", name, 0, entries(0.5, 0.95)) for name in ("autotweak", "other"))
    never = Run("t", "d", "never", 0, entries(0.5, 0.5))
    found = dict(ranks([rows([never, random, ours, other])]))
    assert (found["autotweak"], found["other"]) == ([1.5] * 4, [1.5] * 4)
    assert (found["random"], found["never"]) == ([3.0, 3.0, 3.0, 3.5], [4.0, 4.0, 4.0, 3.5])
