from __future__ import annotations

from models.espeak.recent import Recent


def test_what_was_used_last_is_kept_and_the_rest_is_bounded_in_seconds() -> None:
    recent: Recent[str] = Recent(10.0)
    for name in "abc":
        recent.keep(name, name.upper(), 4.0)
    assert [recent.find(name) for name in "abc"] == [None, "B", "C"]
    assert recent.find("b") == "B"
    recent.keep("d", "D", 4.0)
    assert [recent.find(name) for name in "bcd"] == ["B", None, "D"]
    assert recent.seconds == 8.0


def test_what_is_longer_than_all_of_it_is_not_kept() -> None:
    recent: Recent[str] = Recent(10.0)
    recent.keep("a", "A", 11.0)
    assert recent.find("a") is None
    assert recent.seconds == 0
