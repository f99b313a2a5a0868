"""A search of many trials: nothing is lost, nothing done twice, every slot is used."""

from benchmarks.growth import search


def test_a_long_search_fills_its_slots_and_is_resumed_without_a_trial(tmp_path):
    """Each trial runs once, as many at a time as there are slots; a second driver repeats all of it from the log."""
    first = search(tmp_path, 150, 40)
    assert (first["trials"], first["ran"], first["busy"]) == (150, 150, 40)
    second = search(tmp_path, 150, 40)
    assert (second["trials"], second["ran"]) == (150, 0)
