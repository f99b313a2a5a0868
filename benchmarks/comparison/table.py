"""Every tweak of one task that was trained, kept in a file; what is asked for and not there is trained.

The trials are those of a search: the real sandbox and runner, a fixed seed, rows held out for validation.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from benchmarks.comparison.chosen import Task
from benchmarks.comparison.trained import Trained
from benchmarks.efficiency import ROOT
from mlprojects.contract.trial import TrialSpec, Tweak, tweak_key
from pipelines.environments import Environment
from pipelines.facts import Described
from pipelines.sandbox import ProcessSandbox
from pipelines.search.baseline import run_baseline
from pipelines.search.loop import Search
from pipelines.search.policy import Limits
from pipelines.search.space import Space, build_space
from pipelines.settings import MachineSettings
from pipelines.spool import Spool

LONGER = {"keras": 4.0, "sklearn": 30.0}
"""How many times longer than the script as written a fit may take, so that no trial takes more than seconds."""
A_DAY_S = 86_400.0
KEPT = ROOT / "build" / "comparison"


class Table:
    """The trained tweaks of one task. A context: the sandbox, if any was needed, is stopped at its end."""

    def __init__(self, task: Task, folder: Path = KEPT) -> None:
        """Open a table.

        Args:
            task: what is trained.
            folder: where the file is; its name has a digest of the script, so that another script has another table.
        """
        self.task = task
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / f"{task.name}-{task.digest}.jsonl"
        lines = self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []
        records = [json.loads(line) for line in lines]
        self._baseline: dict[str, Any] | None = records[0] if records else None
        kept = [Trained.model_validate(record) for record in records[1:]]
        self._known = {tweak_key(trained.outcome.tweak): trained for trained in kept}
        self._search: Search | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._search is not None:
            self._search.trials.sandbox.stop()
            shutil.rmtree(self._search.trials.spool.paths.root, ignore_errors=True)

    def __len__(self) -> int:
        return len(self._known)

    @cached_property
    def space(self) -> Space:
        """The knobs that fit the script, by the description of its baseline."""
        described = Described.model_validate(self._measured()["described"])
        return build_space(self.task.family, described, LONGER[self.task.family])

    def trained(self, tweak: Tweak) -> Trained:
        """What a tweak comes to; trained where it never was."""
        key = tweak_key(tweak)
        if key not in self._known:
            search = self._started()
            trials = search.trials
            # Given past the search itself, which would say how the trials before did: this one is to run to its end.
            trials.submit(replace(search.template, trial=trials.next_number, role="search", tweak=tweak), "comparison")
            (outcome,) = trials.wait()
            self._known[key] = Trained.of(outcome, trials.spool.tail(outcome.trial).read(), search.template.gate)
            self._keep(self._known[key].model_dump(mode="json"))
        return self._known[key]

    def _measured(self) -> dict[str, Any]:
        """The baseline, and what its search's trials go by."""
        if self._baseline is None:
            search = self._started()
            baseline = run_baseline(search, 2)
            assert baseline.described is not None
            template = search.template
            self._baseline = {
                "described": baseline.described.model_dump(mode="json"),
                "test": baseline.test.value if baseline.test else None,
                "template": {name: getattr(template, name) for name in ("gate", "folds", "holdout_fraction")},
            }
            self._keep(self._baseline)
        return self._baseline

    def _started(self) -> Search:
        if self._search is None:
            task, spool = self.task, Spool(Path(tempfile.mkdtemp(prefix="comparison-")))
            shutil.copytree(task.folder, spool.paths.source, dirs_exist_ok=True)
            slots = os.cpu_count() or 1  # so that a trial has one thread
            box = ProcessSandbox.prepare(Environment(task.family), spool, slots, MachineSettings().home, 0, print)
            spec = TrialSpec(0, "baseline", task.family, "train.py", estimators=task.estimators, target=1.0)
            if self._baseline is not None:
                spec = replace(spec, **self._baseline["template"])
            self._search = Search(spec, Limits(1.0, 1), A_DAY_S, spool, box, [])
        return self._search

    def _keep(self, record: dict[str, Any]) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, sort_keys=True) + "\n")
