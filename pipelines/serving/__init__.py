"""Serving: the version that an alias names, answering in its own environment behind one port that never closes."""
