"""Which sound belongs to the turn, and which of it is decoded."""

from __future__ import annotations

from models.pocketsphinx.turn import AROUND_MS, BEFORE_MS, PER_MS, Sound, Turn
from voiceagent.parts import FRAME_BYTES, Frame


def frame(at: int) -> Frame:
    return Frame(at, at.to_bytes(4, "little") * (FRAME_BYTES // 4))


def heard(turn: Turn, begin: int, end: int) -> Turn:
    for at in range(begin, end, 20):
        turn.hear(frame(at))
    return turn


def test_sound_is_cut_by_the_millisecond() -> None:
    sound = Sound()
    for at in (0, 20, 40):
        sound.add(frame(at))
    cut = sound.cut(10, 41)
    assert len(cut) == 31 * PER_MS
    assert cut[: 10 * PER_MS] == frame(0).near[10 * PER_MS :]
    assert cut[-PER_MS:] == frame(40).near[:PER_MS]


def test_while_nobody_speaks_only_a_moment_is_kept() -> None:
    turn = heard(Turn(), 0, 60_000)
    assert turn.sound.cut(0, 60_000 - BEFORE_MS - 40) == b""
    assert turn.sound.cut(60_000 - BEFORE_MS, 60_000) != b""


def test_a_piece_has_silence_around_and_a_long_pause_is_cut_down() -> None:
    turn = heard(Turn(), 0, 1000)
    turn.start(900)
    heard(turn, 1000, 2000)
    turn.stop(1500)
    heard(turn, 2000, 6000)
    turn.start(5500)
    heard(turn, 6000, 7000)
    turn.stop(6500)
    assert turn.stretches(6500) == ((900, 1500), (5500, 6500))
    assert turn.pieces(6500) == (
        (900 - AROUND_MS, 1500 + AROUND_MS),
        (5500 - AROUND_MS, 6500 + AROUND_MS),
    )
    assert turn.pieces(1500) == ((900 - AROUND_MS, 1500 + AROUND_MS),)


def test_a_short_pause_is_decoded_as_it_was() -> None:
    turn = heard(Turn(), 0, 1000)
    turn.start(900)
    heard(turn, 1000, 2000)
    turn.stop(1200)
    turn.start(1500)
    heard(turn, 2000, 2600)
    turn.stop(2200)
    assert turn.pieces(2200) == ((900 - AROUND_MS, 2200 + AROUND_MS),)


def test_what_is_done_with_is_not_decoded_again() -> None:
    turn = heard(Turn(), 0, 1000)
    turn.start(900)
    heard(turn, 1000, 3000)
    turn.done_with(2000, ("one", "two"))
    assert turn.done == ("one", "two")
    assert turn.talking
    assert turn.pieces(3000) == ((2000, 3000),)


def test_after_a_reset_the_next_speech_has_its_lead_in() -> None:
    turn = heard(Turn(), 0, 1000)
    turn.start(600)
    turn.stop(800)
    turn.reset(800)
    assert turn.begin is None
    heard(turn, 1000, 1400)
    turn.start(980)
    heard(turn, 1400, 2000)
    assert turn.pieces(2000) == ((800, 2000),)
    assert turn.done == ()
