"""What to do next, situation by situation."""

import pytest

from pipelines.search.policy import (
    CHANCE,
    HOPELESS,
    QUICK_S,
    REPEAT,
    Confirm,
    Limits,
    Repeat,
    Stop,
    Try,
    Wait,
    best_unconfirmed,
    decide,
    settled,
)

A, B, C = {"C": 10.0}, {"C": 100.0}, {"scaler": "standard"}
TEN = Limits(target=0.8, max_trials=10)


@pytest.fixture
def base(outcome):
    """Give a baseline below the target."""
    return outcome(0, "baseline", test=0.5)


def step(history, limits=TEN, pending=0, proving=False, out_of_time=False, exhausted=False):
    """The decision."""
    return decide(history, proving, pending, limits, out_of_time, exhausted)


def test_after_the_baseline_a_tweak_is_tried(base):
    """There is budget and nothing to confirm."""
    assert step([base]) == Try()


def test_no_more_at_once_than_there_are_slots(base):
    """With all slots taken there is nothing to do but wait."""
    assert step([base], pending=1) == Wait()
    assert step([base], Limits(0.8, 10, slots=2), pending=1) == Try()
    assert step([base], Limits(0.8, 10, slots=2), pending=2) == Wait()


def test_the_next_of_quick_trials_waits_in_the_sandbox(base, outcome):
    """Where it does not depend on the one under way, and that takes seconds, no slot waits for the driver."""

    def ahead(seconds, climbing, pending=1):
        short = outcome(1, "search", A, validation=0.5).model_copy(update={"seconds": seconds})
        return decide([base, short], False, pending, TEN, False, False, climbing)

    assert ahead(QUICK_S, climbing=False) == Try()
    assert ahead(QUICK_S, climbing=False, pending=2) == Wait()
    assert ahead(QUICK_S, climbing=True) == Wait()
    assert ahead(QUICK_S + 1, climbing=False) == Wait()


def test_a_tweak_below_the_target_is_not_looked_at(base, outcome):
    """The search goes on; its test score stays sealed."""
    assert step([base, outcome(1, "search", A, validation=0.79)]) == Try()


@pytest.mark.parametrize("pending", [0, 1])
def test_a_tweak_at_the_target_is_confirmed(base, outcome, pending):
    """At once, also while another trial is under way."""
    assert step([base, outcome(1, "search", A, validation=0.85)], pending=pending) == Confirm(A)


@pytest.fixture
def barely(outcome, evaluated):
    """Give a maker of search trials with a validation score that is uncertain by five points."""

    def make(number, tweak, value, origin="tpe"):
        scored = evaluated("validation", value, width=0.1)
        return outcome(number, "search", tweak).model_copy(update={"validation": scored, "origin": origin})

    return make


def test_a_score_that_may_be_luck_is_seen_twice(base, barely):
    """At the target by less than its own error; then the mean counts, whichever side of the target it is on."""
    assert step([base, barely(1, A, 0.82)]) == Repeat(A)
    assert step([base, barely(1, A, 0.82), barely(2, A, 0.80, REPEAT)]) == Confirm(A)
    assert step([base, barely(1, A, 0.82), barely(2, A, 0.74, REPEAT)]) == Try()
    assert step([base, barely(1, A, 0.86)]) == Confirm(A)


def test_a_repeated_trial_that_failed_is_not_repeated_again(base, barely, outcome):
    """What is known has to do."""
    failed = outcome(2, "search", A, failed="no").model_copy(update={"origin": REPEAT})
    assert step([base, barely(1, A, 0.82), failed]) == Confirm(A)


def test_a_score_that_a_look_has_belied_is_seen_again(base, barely, outcome, evaluated):
    """Until it is below the target, or three splits have said it; so that it bars no other for being lucky."""
    look = outcome(2, "confirm", A).model_copy(update={"test": evaluated("test", 0.75, width=0.1)})
    history = [base, barely(1, A, 0.9), look]
    assert step(history) == Repeat(A)
    assert step(history, out_of_time=True) == Stop("the time is spent")
    assert step(history, Limits(target=0.8, max_trials=5)) == Try()
    again = [*history, barely(3, A, 0.82, REPEAT)]
    assert step(again) == Repeat(A)
    assert step([*history, barely(3, A, 0.6, REPEAT)]) == Try()
    thrice = [*again, barely(4, A, 0.8, REPEAT)]
    assert step(thrice) == Try()
    assert step([*thrice, barely(5, B, 0.86)]) == Confirm(B)


def test_what_is_worse_by_more_than_chance_is_not_seen_again(base, barely, outcome):
    """Test rows of another kind than the training rows are no luck of a split."""
    assert step([base, barely(1, A, 0.95), outcome(2, "confirm", A, test=0.6)]) == Try()


def test_the_script_as_written_may_have_been_lucky(barely, outcome, evaluated):
    """Its test score is known, and its validation score is what the ladder has to beat."""
    written = outcome(0, "baseline").model_copy(update={"test": evaluated("test", 0.75, width=0.1)})
    assert step([written, barely(1, {}, 0.9)]) == Repeat({})
    assert step([written, barely(1, {}, 0.79)]) == Try()


def test_the_last_trial_is_a_look(base, barely):
    """There is nothing to gain by repeating where the look that would follow is not to be had."""
    assert step([base, barely(1, A, 0.82)], Limits(target=0.8, max_trials=3)) == Confirm(A)


def test_a_repeated_tweak_is_one_with_the_mean_of_its_scores(barely):
    """Score, interval and loss; the others are as they were."""
    first, second = (barely(n, A, value, origin) for n, value, origin in ((1, 0.82, "tpe"), (3, 0.74, REPEAT)))
    lost = first.model_copy(update={"loss": 0.4}), second.model_copy(update={"loss": 0.8})
    other = barely(2, B, 0.7)
    merged = {o.trial: o for o in settled([lost[0], other, lost[1]])}
    assert (merged[2], set(merged)) == (other, {1, 2})
    assert (merged[1].validation.value, merged[1].loss) == (pytest.approx(0.78), pytest.approx(0.6))
    assert merged[1].validation.interval == pytest.approx((0.68, 0.88))


def test_time_that_no_tweak_fits_into_is_spent(base, outcome):
    """Three tweaks in a row that would have taken most of it tell that; the best one is looked at."""
    short = [outcome(n, "search", {"units": n}, failed="it would take 9 s") for n in (2, 3, 4)]
    short = [o.model_copy(update={"failed": o.failed.model_copy(update={"cause": "too_long"})}) for o in short]
    history = [base, outcome(1, "search", {}, validation=0.5), outcome(5, "search", A, validation=0.6), *short]
    assert step(history) == Confirm(A)
    assert step(history[:-1]) == Try()
    assert step([*history, outcome(6, "search", B, validation=0.55)]) == Try()
    assert step([*history, outcome(6, "confirm", A, test=0.6)]) == Stop("the time is spent")


def test_while_confirming_nothing_else_starts(base, outcome):
    """The look may end the search."""
    history = [base, outcome(1, "search", A, validation=0.9), outcome(2, "search", B, validation=0.95)]
    assert step(history, Limits(0.8, 10, slots=4), pending=1, proving=True) == Wait()


def test_a_confirmed_target_ends_the_search(base, outcome):
    """Reached is reached, whatever is under way and however much budget is left."""
    history = [base, outcome(1, "search", A, validation=0.9), outcome(2, "confirm", A, test=0.8)]
    assert step(history) == Stop("reached")
    assert step(history, pending=1, out_of_time=True) == Stop("reached")


def test_a_disappointment_goes_on(base, outcome):
    """A tweak that was looked at is not looked at again, and none that validates no better is."""
    history = [base, outcome(1, "search", A, validation=0.9), outcome(2, "confirm", A, test=0.7)]
    assert step(history) == Try()
    assert step([*history, outcome(3, "search", B, validation=0.9)]) == Try()
    assert step([*history, outcome(3, "search", B, validation=0.91)]) == Confirm(B)


def test_a_confirmation_that_failed_is_a_look(base, outcome):
    """It is not tried again; what validates better is."""
    history = [base, outcome(1, "search", A, validation=0.9), outcome(2, "confirm", A, failed="no memory")]
    assert step(history) == Try()
    assert best_unconfirmed(history) is None


@pytest.mark.parametrize(
    ("out_of_time", "exhausted", "reason"),
    [(True, False, "the time is spent"), (False, True, "every tweak was tried")],
)
def test_when_nothing_more_can_be_tried_the_best_is_looked_at(base, outcome, out_of_time, exhausted, reason):
    """One look at the best tweak that beats the script as written on validation rows; then the end."""
    searched = [base, outcome(1, "search", validation=0.5), outcome(2, "search", A, validation=0.6)]
    assert step(searched, out_of_time=out_of_time, exhausted=exhausted) == Confirm(A)
    looked = [*searched, outcome(3, "confirm", A, test=0.6)]
    assert step(looked, out_of_time=out_of_time, exhausted=exhausted) == Stop(reason)


def test_what_is_under_way_is_waited_for(base, outcome):
    """At the end of the budget a running trial may still be the best one."""
    history = [base, outcome(1, "search", A, validation=0.6)]
    assert step(history, pending=1, exhausted=True) == Wait()


def test_no_look_without_a_gain(base, outcome):
    """A tweak that validates no better than the script as written is not worth a look."""
    history = [base, outcome(1, "search", validation=0.6), outcome(2, "search", A, validation=0.6)]
    assert step(history, exhausted=True) == Stop("every tweak was tried")


def test_the_script_as_written_is_never_confirmed(base, outcome):
    """Its test score is the baseline's: looking again tells nothing."""
    assert step([base, outcome(1, "search", validation=0.95)]) == Try()


def test_one_trial_of_the_budget_is_kept_for_the_look(base, outcome):
    """With ten trials, the tenth is not another tweak but the confirmation of the best one."""
    searched = [outcome(n, "search", {"C": float(n)}, validation=0.5 + n / 100) for n in range(1, 9)]
    assert step([base, *searched[:7]]) == Try()
    assert step([base, *searched]) == Confirm({"C": 8.0})
    assert step([base, *searched[:7]], Limits(0.8, 10, slots=2), pending=1) == Wait()
    assert step([base, *searched, outcome(9, "confirm", {"C": 8.0}, test=0.6)]) == Stop("the trials are spent")


@pytest.mark.parametrize("most", [1, 2])
def test_a_budget_without_a_search(base, most):
    """One trial is the baseline; with two there is no room for a tweak and its look."""
    assert step([base], Limits(0.8, most)) == Stop("the trials are spent")


def test_an_empty_budget_allows_no_look(base, outcome):
    """Also a tweak at the target is not run beyond the budget."""
    assert step([base, outcome(1, "search", A, validation=0.9)], Limits(0.8, 2)) == Stop("the trials are spent")


def test_hopeless_searches_end(base, outcome):
    """When the first trials all fail, the tweaks are not what is wrong; the last reason is said."""
    failed = [outcome(n, "search", {"C": float(n)}, failed=f"no {n}") for n in range(1, HOPELESS + 1)]
    assert step([base, *failed[:-1]]) == Try()
    assert step([base, *failed]) == Stop(f"every trial failed: no {HOPELESS}")
    assert step([base, outcome(9, "search", A, validation=0.1), *failed]) == Try()


def chance(outcome, evaluated, scores, majority):
    """Search trials with a score and the share of the commonest class."""
    return [
        outcome(n, "search", {"C": float(n)}).model_copy(
            update={"validation": evaluated("validation", score, majority=majority)}
        )
        for n, score in enumerate(scores, 1)
    ]


def test_a_search_that_does_not_beat_chance_ends(base, outcome, evaluated):
    """Many tweaks, none clearly better than always giving one answer: more of them would be an endless search."""
    forty = Limits(0.8, 40)
    level = chance(outcome, evaluated, [0.55] * CHANCE, 0.5)
    assert step([base, *level[:-1]], forty) == Try()
    looked = outcome(99, "confirm", level[0].tweak, test=0.5)
    assert step([base, *level, looked], forty) == Stop("no tweak is better than chance")
    learnt = chance(outcome, evaluated, [0.55] * (CHANCE - 1) + [0.7], 0.5)
    assert step([base, *learnt], forty) == Try()
    unknown = chance(outcome, evaluated, [0.55] * CHANCE, None)
    assert step([base, *unknown], forty) == Try()


def test_less_is_better_of_an_error(outcome, evaluated):
    """The target of an error is the most it may be, and the best tweak has the least."""

    def error(number, role, tweak, value):
        split = "validation" if role == "search" else "test"
        scored = evaluated(split, value).model_copy(update={"metric": "rmse", "interval": (value - 0.1, value + 0.1)})
        return outcome(number, role, tweak).model_copy(update={split: scored})

    limits = Limits(50.0, 10, metric="rmse")
    base = error(0, "baseline", {}, 60.0)
    assert step([base, error(1, "search", A, 55.0)], limits) == Try()
    assert step([base, error(1, "search", A, 55.0), error(2, "search", B, 49.0)], limits) == Confirm(B)
    assert step([base, error(1, "search", A, 49.0), error(2, "confirm", A, 50.0)], limits) == Stop("reached")
    assert best_unconfirmed([base, error(1, "search", A, 52.0), error(2, "search", B, 51.0)]).tweak == B


def test_between_equal_scores_the_lower_loss_counts(outcome):
    """It never outweighs a score; a trial without a loss comes behind those of the same score."""
    ranked = [
        outcome(1, "search", A, validation=0.9, loss=7.0),
        outcome(2, "search", B, validation=0.899, loss=0.1),
        outcome(3, "search", C, validation=0.899, loss=0.2),
        outcome(4, "search", validation=0.899),
    ]
    merits = [trial.merit for trial in ranked]
    assert merits == sorted(set(merits), reverse=True)


def test_losses_that_differ_by_chance_are_equal(outcome):
    """So the earlier of two tweaks, the simpler one, is gone on from."""
    first, second = (outcome(n, "search", A, validation=0.1, loss=loss) for n, loss in ((1, 2.3024), (2, 2.3019)))
    assert first.merit == second.merit


@pytest.mark.parametrize(("loss", "found"), [(0.03, B), (0.35, None), (None, None)])
def test_a_lucky_tweak_does_not_bar_a_sounder_one(base, outcome, loss, found):
    """One more that validates no better is looked at where its loss is lower by far."""
    looked = [outcome(1, "search", A, validation=1.0, loss=0.4), outcome(2, "confirm", A, test=0.7)]
    for validation in (1.0, 0.9):
        best = best_unconfirmed([base, *looked, outcome(3, "search", B, validation=validation, loss=loss)])
        assert (best.tweak if best else None) == found


def test_failed_trials_are_no_candidates(base, outcome):
    """A trial without a score cannot be the best."""
    history = [base, outcome(1, "search", A, failed="no"), outcome(2, "search", B, validation=0.85)]
    assert step(history) == Confirm(B)
    assert best_unconfirmed(history[:2]) is None


def test_of_several_the_best_is_looked_at(base, outcome):
    """Whatever the order in which they ended."""
    scores = [(A, 0.85), (B, 0.95), (C, 0.9)]
    history = [base, *(outcome(n, "search", tweak, validation=score) for n, (tweak, score) in enumerate(scores, 1))]
    assert step(history) == Confirm(B)


def test_a_score_in_another_metric_reaches_nothing(evaluated):
    """The journal is not trusted to have measured what was asked for."""
    assert Limits(target=0.4, max_trials=1).reached(evaluated("test", 0.5))
    assert not Limits(target=0.4, max_trials=1, metric="r2").reached(evaluated("test", 0.5))
