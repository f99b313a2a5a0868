"""Fetch a data set of scikit-learn's or OpenML's, every answer going into the data cache.

``python -m mlprojects.sandbox.record CACHE NAME`` runs in a family's environment, outside any sandbox: no pushed
code takes part. NAME is ``sklearn:california_housing``, ``openml:mnist_784``, ``openml:mnist_784@1`` or ``openml:554``.
"""

from __future__ import annotations

import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from mlprojects.contract.data_cache import Entry, address, kept_headers, store
from mlprojects.sandbox.data import CacheHandler


class Recorder(CacheHandler):
    """Answers from the network and keeps the answer; a redirection is followed first, so that it is kept as well."""

    def __init__(self, cache: Path, label: str) -> None:
        super().__init__(cache, [])
        self.label = label
        self.network = urllib.request.build_opener()

    def _answer(self, request: urllib.request.Request, network: Any) -> Any:
        with self.network.open(request, timeout=60) as answer, tempfile.NamedTemporaryFile() as kept:
            while part := answer.read(1 << 20):
                kept.write(part)
            kept.flush()
            entry = Entry("url", address(request.full_url), self.label, kept_headers(answer.headers))
            store(self.cache, entry, Path(kept.name))
        return super()._answer(request, network)


def main(cache: str, name: str) -> None:
    """Fetch ``name`` once, as a script would."""
    from sklearn import datasets

    urllib.request.install_opener(urllib.request.build_opener(Recorder(Path(cache), name)))
    kind, _, data = name.partition(":")
    with tempfile.TemporaryDirectory() as home:
        if kind == "openml":
            given, _, version = data.partition("@")
            which: dict[str, Any] = {"data_id": int(given)} if given.isdigit() else {"name": given}
            if version:
                which["version"] = int(version)
            datasets.fetch_openml(**which, data_home=home, as_frame=False)
        else:
            getattr(datasets, f"fetch_{data}")(data_home=home)


if __name__ == "__main__":
    main(*sys.argv[1:])
