"""``python -m pipelines`` is ``autotweak``."""

from pipelines.cli import main

main()
