"""A search whose driver dies after any of its steps ends as one whose driver never did."""

import shutil
from dataclasses import replace

import pytest

from mlprojects.contract.journal import Journal
from mlprojects.contract.trial import tweak_key
from pipelines.errors import PlatformError, SourceError
from pipelines.restarts import Death, Memory
from pipelines.search.log import Alive, Restarted, SearchLog, Submitted
from pipelines.search.loop import Search
from pipelines.search.policy import Limits
from pipelines.search.trials import Trials
from pipelines.spool import Spool
from tests.pipelines.simulated import TEMPLATE, Clock, Sandbox, Watcher, scaling_helps, trial_of


def middling(tweak):
    """No tweak reaches the target; each has a score of its own."""
    score = 0.5 + sum(map(ord, tweak_key(tweak))) % 200 / 1000
    return score, score - 0.05


def barely(tweak):
    """Standard scaling comes to the target by less than what its score is uncertain by: it is repeated."""
    return (0.805, 0.85) if tweak.get("scaler") == "standard" else (0.5, 0.55)


class Driver:
    """One driver of a search in a folder, with the clock, the sandbox and the watcher that it has."""

    def __init__(
        self, folder, does, log, slots=1, most=9, timeout_s=600.0, dies=lambda _: None, memory=None, previous=dict
    ):
        spool = Spool(folder)
        self.clock, self.watcher = Clock(), Watcher()
        self.sandbox = Sandbox(spool, does, dies, memory)
        self.log = log
        limits = Limits(TEMPLATE.target, most, slots)
        arguments = (TEMPLATE, limits, timeout_s, spool, self.sandbox, [self.watcher], self.clock, self.clock.sleep)
        log.drive()
        self.search = Search(*arguments, log, previous)
        self.result = self.search.run()


def told(result):
    """A result without its times."""
    trials = [
        (o.trial, o.role, tweak_key(o.tweak), o.validation and o.validation.value, o.test and o.test.value, o.origin)
        for o in result.history
    ]
    return trials, result.best.trial, result.reached, result.stopped, result.looks


def cut(whole, folder, records, state):
    """The folder as a driver left it that died after ``records``; ``state`` is what the last trials had come to."""
    shutil.copytree(whole, folder)
    given = {r.spec.trial for r in records if isinstance(r, Submitted)}
    ended = {r.outcome.trial for r in records if r.event == "ended"}
    for number in Spool(folder).paths.numbers():
        paths = Spool(folder).paths.trial(number)
        if number not in given or (number not in ended and state == "not given"):
            shutil.rmtree(paths.root)
        elif number not in ended and state == "given":
            paths.journal.unlink()
    return SearchLog(folder / "search.jsonl", list(records))


@pytest.mark.parametrize("state", ["not given", "given", "over"])
@pytest.mark.parametrize(("score", "slots"), [(scaling_helps, 1), (barely, 1), (middling, 1), (middling, 3)])
def test_it_ends_as_if_nothing_had_been(tmp_path, described, score, slots, state):
    """The same trials, each run once and told once, and the same end: after whichever record it died.

    With several slots the order in which trials end is chance, and with it what is tried next.
    """
    does = trial_of(score, described)
    first = Driver(tmp_path / "whole", does, SearchLog.open(tmp_path / "whole.jsonl"), slots)
    records = SearchLog.open(tmp_path / "whole.jsonl").records
    assert len(records) > 8
    for place in range(1, len(records) + 1):
        folder = tmp_path / f"{place}"
        again = Driver(folder, does, cut(tmp_path / "whole", folder, records[:place], state), slots)
        if slots == 1:
            assert told(again.result) == told(first.result), records[place - 1]
        assert len(again.result.history) == len(first.result.history)
        tweaks = [(spec.role, tweak_key(spec.tweak), spec.seed) for spec, _ in again.watcher.submissions]
        assert len(set(tweaks)) == len(tweaks)
        assert [spec.trial for spec, _ in again.watcher.submissions] == list(range(len(tweaks)))
        assert sorted(o.trial for o in again.watcher.outcomes) == list(range(len(tweaks)))
        over = records[place - 1].event == "stopped"
        assert again.watcher.restarts == ([] if over else ["the driver died"])
        shutil.rmtree(folder)


def test_what_it_has_inherited_is_kept(tmp_path, described):
    """The previous search's best tweak comes after the script as written, whoever drives; it is asked for once."""
    does = trial_of(middling, described)
    whole = SearchLog.open(tmp_path / "whole.jsonl")
    first = Driver(tmp_path / "whole", does, whole, previous=lambda: {"kernel": "linear", "C": 10.0, "depth": 3})
    tried = [(o.origin, o.tweak) for o in first.result.history if o.role == "search"]
    assert tried[:2] == [("ladder", {}), ("previous", {"kernel": "linear", "C": 10.0})]
    records = SearchLog.open(tmp_path / "whole.jsonl").records
    place = next(n for n, record in enumerate(records) if record.event == "inherited")
    for left in (records[: place + 1], records[: place + 4], records[: place + 8]):
        folder = tmp_path / f"{len(left)}"
        again = Driver(folder, does, cut(tmp_path / "whole", folder, left, "given"), previous=pytest.fail)
        assert told(again.result) == told(first.result)


def test_it_may_die_again_and_again(tmp_path, described):
    """Each driver does one step more than the one before; the last one ends as one alone would have."""
    does = trial_of(scaling_helps, described)
    alone = Driver(tmp_path / "alone", does, SearchLog())
    for most in range(1, 100):
        log = SearchLog.open(tmp_path / "search.jsonl")
        steps = iter(range(most))

        def append(kind, append=log.append, steps=steps, **fields):
            if next(steps, None) is None:
                raise KeyboardInterrupt
            return append(kind, **fields)

        log.append = append
        try:
            last = Driver(tmp_path / "spool", does, log)
            break
        except KeyboardInterrupt:
            continue
    assert most > 1
    assert told(last.result) == told(alone.result)
    assert len(last.sandbox.spool.paths.numbers()) == len(alone.result.history)


def test_the_time_that_was_spent_counts(tmp_path, described):
    """Of a budget of 250 s the first driver spent 230: the second one has the rest, and no more for its trial."""

    def slow(spec, journal, paths):
        clocks[-1].now += 100
        trial_of(middling, described)(spec, journal, paths)

    clocks = []

    class Ticking(Clock):
        def __init__(self):
            super().__init__()
            clocks.append(self)

    def drive(folder, log):
        spool, clock, watcher = Spool(folder), Ticking(), Watcher()
        sandbox = Sandbox(spool, slow)
        log.drive()
        arguments = (TEMPLATE, Limits(0.8, 12), 250.0, spool, sandbox, [watcher], clock, clock.sleep, log)
        return Search(*arguments).run(), sandbox

    result, _ = drive(tmp_path / "whole", SearchLog.open(tmp_path / "whole.jsonl"))
    records = SearchLog.open(tmp_path / "whole.jsonl").records
    third = next(n for n, r in enumerate(records) if r.event == "submitted" and r.spec.trial == 2)
    left = [*records[: third + 1], Alive(time=0.0, spent_s=230.0)]
    again, sandbox = drive(tmp_path / "cut", cut(tmp_path / "whole", tmp_path / "cut", left, "given"))
    assert told(again) == told(result)
    assert result.stopped == "the time is spent"
    assert 15 < sandbox.told[0].limits[2] <= 20
    assert sandbox.told[0].reason == "the driver died"
    assert sandbox.told[0].ended == (0, 1)


def test_a_hung_trial_is_ended_with_its_sandbox_and_the_others_go_on(tmp_path, described):
    """Of two trials under way one says nothing until its deadline: it has failed, the other one has another attempt."""

    def does(spec, journal, paths):
        journal.append("started", attempt=sandbox.starts, pid=1)
        if sandbox.starts == 2:
            trial_of(middling, described)(spec, journal, paths)

    spool, clock, watcher = Spool(tmp_path / "spool"), Clock(), Watcher()
    sandbox = Sandbox(spool, does)
    trials = Trials(600.0, spool, sandbox, [watcher], SearchLog(), clock, clock.sleep)
    for number, limit in ((1, 30.0), (2, 90.0)):
        trials.submit(replace(TEMPLATE, trial=number, role="search", timeout_s=limit), "ladder")
    (hung,) = trials.wait()
    assert (hung.trial, hung.failed.kind, hung.failed.cause) == (1, "platform", "hang")
    assert watcher.restarts == ["trial 1 hung"]
    sandbox.done.discard(2)
    (other,) = trials.wait()
    assert (other.trial, other.validation is not None) == (2, True)
    assert (sandbox.starts, sandbox.told[1].reason, sandbox.told[1].ended) == (2, "trial 1 hung", (1,))


def greedy(described, least=None):
    """Trials that take too much memory: with a batch of 64 or more, or below a limit."""

    def does(spec, journal, paths):
        size = spec.tweak.get("batch_size", 64)
        if spec.role != "baseline" and (boxes[0].memory.limit_mib < least if least else size >= 64):
            journal.append("started", attempt=1, pid=1)
            reason = "out of memory: the trial's process was killed by SIGKILL"
            journal.append("failed", kind="trial", reason=reason, where="", cause="out_of_memory")
        else:
            knobs = {"batch_size": 64, "epochs": 3, "learning_rate": 0.1}
            network = described(estimator="Sequential", knobs=knobs, choices={})
            trial_of(middling, lambda: network)(spec, journal, paths)

    boxes = []
    return does, boxes


@pytest.mark.parametrize("least", [None, 1000])
def test_out_of_memory_is_tried_again_with_less_or_with_more(tmp_path, described, least):
    """Half the batch size where there is no more memory to give; else the same tweak with a higher limit."""
    does, boxes = greedy(described, least)
    memory = Memory(512, 1024 if least else 512)
    spool, clock, watcher = Spool(tmp_path / "spool"), Clock(), Watcher()
    boxes.append(Sandbox(spool, does, memory=memory))
    template = replace(TEMPLATE, family="keras", target=0.99)
    log = SearchLog.open(tmp_path / "search.jsonl")
    Search(template, Limits(0.99, 8), 600.0, spool, boxes[0], [watcher], clock, clock.sleep, log).run()
    (first, origin), (second, stands_in) = watcher.submissions[1:3]
    assert (first.role, first.tweak, origin) == ("search", {}, "ladder")
    if least:
        assert (second.tweak, stands_in) == ({}, "more memory than trial 1")
        assert boxes[0].memory.limit_mib == 1024
        assert watcher.restarts == ["trial 1 ran out of memory at 512 MiB; the limit is 1024 MiB now"]
        again = Sandbox(Spool(tmp_path / "spool"), does, memory=memory)
        boxes[0] = again
        resumed = SearchLog(None, SearchLog.open(tmp_path / "search.jsonl").records)
        Search(template, Limits(0.99, 8), 600.0, again.spool, again, [Watcher()], Clock(), clock.sleep, resumed).run()
        assert again.memory.limit_mib == 1024
    else:
        assert (second.tweak, stands_in) == ({"batch_size": 32}, "less memory than trial 1")
    tweaks = [tweak_key(o.tweak) for o in watcher.outcomes if o.role == "search" and o.failed is None]
    assert len(set(tweaks)) == len(tweaks)


def test_a_baseline_that_runs_out_of_memory_says_what_gives_more(tmp_path):
    """Where the limit is the highest already, it is the source's failure, with the setting that would help."""

    def does(spec, journal, paths):
        journal.append("failed", kind="trial", reason="out of memory: killed", where="", cause="out_of_memory")

    with pytest.raises(SourceError, match="out of memory: killed; AUTOTWEAK_MEMORY_MIB"):
        Driver(tmp_path / "spool", does, SearchLog(), memory=Memory(512, 512))


def test_a_trial_that_takes_its_sandbox_with_it_is_given_up(tmp_path, described):
    """It dies three times under the same trial: that one has failed, the search goes on and reaches the target."""
    scaled = {"scaler": "standard"}

    def does(spec, journal, paths):
        if spec.tweak == {} and spec.role == "search":
            journal.append("started", attempt=1, pid=1)
            fatal.append(spec.trial)
        else:
            trial_of(scaling_helps, described)(spec, journal, paths)

    def dies(box):
        dead = fatal and box.starts < 4
        return Death("infrastructure", "the container ended with status 137: no output") if dead else None

    fatal = []
    driver = Driver(tmp_path / "spool", does, SearchLog(), dies=dies)
    assert driver.result.reached
    (failed,) = [o for o in driver.result.history if o.failed is not None]
    assert (failed.tweak, failed.failed.kind, failed.failed.cause) == ({}, "platform", "killed")
    assert driver.result.best.tweak == scaled
    assert driver.watcher.restarts == ["the container ended with status 137: no output"] * 3


def test_a_search_that_the_platform_has_failed_is_resumed_with_a_fresh_bound(tmp_path, described):
    """The engine was gone for too long; when it is back, one more death is no reason to give up again."""
    log = SearchLog.open(tmp_path / "search.jsonl")
    does = trial_of(scaling_helps, described)
    with pytest.raises(PlatformError, match="8 restarts"):
        Driver(tmp_path / "spool", does, log, dies=lambda _: Death("infrastructure", "the engine is gone"))
    again = SearchLog.open(tmp_path / "search.jsonl")

    def once(box):
        return Death("infrastructure", "and again") if box.starts == 1 else None

    driver = Driver(tmp_path / "spool", does, again, dies=once)
    assert driver.result.reached
    assert driver.watcher.restarts == [*["the engine is gone"] * 8, "the driver died", "and again"]


def test_a_sandbox_that_cannot_be_started_at_all_is_said_at_once(tmp_path, described):
    """Only what has run before is tried again; there is no trial of which it could be told."""

    class Broken(Sandbox):
        def start(self):
            super().start()
            raise PlatformError("the container cannot be started: no space left")

    box = Broken(Spool(tmp_path / "spool"), None)
    clock = Clock()
    watcher = Watcher()
    search = Search(TEMPLATE, Limits(0.8, 8), 300.0, box.spool, box, [watcher], clock, clock.sleep)
    with pytest.raises(PlatformError, match="no space left"):
        search.run()
    assert box.starts == 1
    assert not list(box.spool.paths.numbers())


def test_the_log_keeps_which_trials_a_restart_held_up(tmp_path, described):
    """Cause, reason and trials, as the policy counts them."""

    def dies(box):
        return Death("infrastructure", "gone") if box.starts == 1 and box.done else None

    log = SearchLog.open(tmp_path / "search.jsonl")
    Driver(tmp_path / "spool", trial_of(scaling_helps, described), log, dies=dies)
    (restarted,) = [r for r in SearchLog.open(tmp_path / "search.jsonl").records if isinstance(r, Restarted)]
    assert (restarted.cause, restarted.reason, restarted.trials) == ("infrastructure", "gone", ())


def test_an_engine_that_is_away_for_a_while_ends_no_trial(tmp_path, described):
    """Starts that fail are no trial's fault, and the search goes on when the engine is back."""

    class Away(Sandbox):
        def start(self):
            super().start()
            if 2 <= self.starts <= 4:
                raise PlatformError("the engine does not answer")

    def dies(box):
        begun = [n for n in box.spool.paths.numbers() if not box.spool.paths.trial(n).journal.exists()]
        for number in begun if box.starts == 1 else ():
            Journal(box.spool.paths.trial(number).journal).append("started", attempt=1, pid=1)
        return Death("infrastructure", "the engine was restarted") if box.starts == 1 else None

    spool, clock = Spool(tmp_path / "spool"), Clock()
    box = Away(spool, trial_of(scaling_helps, described), dies)
    result = Search(TEMPLATE, Limits(0.8, 8), 300.0, spool, box, [Watcher()], clock, clock.sleep).run()
    assert result.reached
    assert all(outcome.failed is None for outcome in result.history)
    assert box.starts == 5
