"""Trials and their events as a tracker hears of them."""

from mlprojects.contract.trial import TrialSpec
from pipelines.facts import validate

BASE = TrialSpec(trial=0, role="baseline", family="keras", entry="train.py", seed=4)
SEARCHED = TrialSpec(trial=1, role="search", family="keras", entry="train.py", tweak={"epochs": 4}, gate=0)
CONFIRMED = TrialSpec(trial=2, role="confirm", family="keras", entry="train.py", tweak={"epochs": 4}, gate=0)
TAGS = {"source": "/src/wine@abc", "source_commit": "abc", "source_digest": "d", "family": "keras"}
FINISHED = {"event": "finished", "time": 9.0, "fit_seconds": 1.5, "seconds": 2.0}
MODEL = "flavors:\n  python_function: {loader_module: none}\nmodel_uuid: x\n"


def evaluated(split, value):
    """One ``evaluated`` event."""
    return {
        "event": "evaluated",
        "time": 5.0,
        "split": split,
        "metric": "accuracy",
        "value": value,
        "rows": 50,
        "interval": [0.1, 0.9],
        "evidence": "evaluate(x, y)",
        "confusion": {"labels": ["$a", "b}$\\frac"], "counts": [[20, 5], [5, 20]]},
    }


def epoch(step, **logs):
    """One ``epoch`` event."""
    return {"event": "epoch", "time": 1.0 + step, "step": step, "model": 0, "logs": logs}


def make_events(described, *raws):
    """Valid events, with the description of a network where one is asked for."""
    known = {"described": described(estimator="Sequential", knobs={"epochs": 1, "units": 32}, choices={})}
    return [known[raw] if isinstance(raw, str) else validate(raw) for raw in raws]


def follow(tracker, spec, events, outcome):
    """A trial from its submission to its end."""
    tracker.submitted(spec, "ladder")
    tracker.heard(spec.trial, events)
    tracker.ended(outcome(spec.trial, spec.role, spec.tweak))


def runs_of(tracker):
    """All runs of the experiment, the parent apart, by their trial."""
    runs = tracker.client.search_runs([tracker.experiment_id])
    trials = {int(r.data.tags["autotweak.trial"]): r for r in runs if "autotweak.trial" in r.data.tags}
    (parent,) = [r for r in runs if "autotweak.trial" not in r.data.tags]
    return parent, trials
