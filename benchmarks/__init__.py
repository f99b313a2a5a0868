"""Scores of autotweak on scripts that were not written for it."""
