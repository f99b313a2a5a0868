"""Reads pushed Python code, never running it, and says what it trains."""

from .decide import inspect
from .verdict import Evidence, Verdict

__all__ = ["Evidence", "Verdict", "inspect"]
