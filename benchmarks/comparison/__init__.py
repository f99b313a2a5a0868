"""Searches compared over the same knobs, on the same trained trials."""
