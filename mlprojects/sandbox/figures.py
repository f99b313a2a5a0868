"""Figures without a screen: what a script shows or saves ends as files in the trial's folder."""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

from mlprojects.contract.layout import MOST_PLOT_BYTES, MOST_PLOTS, PLOT_SUFFIXES, TrialPaths


class Figures:
    """The figures of one trial. With ``keep`` False they are only closed, as a window would be."""

    def __init__(self, paths: TrialPaths, keep: bool) -> None:
        self.paths, self.keep = paths, keep
        self.shown = 0
        self._is_open = False
        self._before: dict[str, int] = {}

    def install(self) -> None:
        """Let ``plt.show()`` save and return, and no script ask for a screen. pyplot is imported by now or never."""
        self._before = self._images()
        pyplot: Any = sys.modules.get("matplotlib.pyplot")
        if pyplot is None:
            return
        import matplotlib

        pyplot.switch_backend("agg")
        pyplot.show = self.show
        pyplot.pause = lambda *_, **__: None
        pyplot.switch_backend = lambda *_, **__: None
        matplotlib.use = lambda *_, **__: None

    def show(self, *_: Any, block: bool | None = None, **__: Any) -> None:
        """Save the open figures and close them: as after a window was closed, the next plot is a new figure."""
        self._is_open = block is False
        if self._is_open:  # the window stays, and so does what is drawn into it later
            return
        pyplot: Any = sys.modules["matplotlib.pyplot"]
        for number in pyplot.get_fignums():
            if self.keep and self.shown < MOST_PLOTS:
                self.shown += 1
                os.makedirs(self.paths.plots, exist_ok=True)
                try:
                    pyplot.figure(number).savefig(self.paths.plots / f"shown-{self.shown:02d}.png")
                except Exception:  # a figure that cannot be drawn is no reason to stop a training
                    traceback.print_exc()
        pyplot.close("all")

    def collect(self) -> None:
        """Copy the image files that the script has written, the oldest first, as many as there is room for."""
        if not self.keep:
            return
        if self._is_open:
            self.show()
        written = [(time, name) for name, time in self._images().items() if self._before.get(name) != time]
        room = MOST_PLOTS - self.shown
        for _, name in sorted(written)[:room]:
            os.makedirs(self.paths.plots, exist_ok=True)
            flat = name.removeprefix(f"{self.paths.work.name}/").replace("/", "-")
            shutil.copyfile(self.paths.scratch / name, self.paths.plots / flat)

    def _images(self) -> dict[str, int]:
        found: dict[str, int] = {}
        if not self.keep:
            return found
        for folder, _, names in os.walk(self.paths.scratch):
            for name in names:
                path = Path(folder) / name
                if path.suffix.lower() in PLOT_SUFFIXES and path.is_file() and not path.is_symlink():
                    info = path.stat()
                    if info.st_size <= MOST_PLOT_BYTES:
                        found[str(path.relative_to(self.paths.scratch))] = info.st_mtime_ns
        return found
