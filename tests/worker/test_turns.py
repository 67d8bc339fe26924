"""Whose message is next: order within a channel, turns between them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voiceagent.events import Settle
from voiceagent.parts import Cue, Expect, Reset, Sense
from voiceagent.worker.messages import Kind
from voiceagent.worker.turns import Turns

AUDIO, CUE = int(Kind.FRAMES), int(Kind.TELL)


def order(*sent: tuple[int, int]) -> list[tuple[int, int]]:
    """The (channel, kind) of messages that are all there, as they are dealt with."""
    turns = Turns()
    for channel, kind in sent:
        turns.put(channel, (kind, b""))
    taken = []
    while turns:
        channel, (kind, _) = turns.take()
        taken.append((channel, kind))
    return taken


def test_audio_of_the_others_goes_between_the_decodes_of_a_burst() -> None:
    burst = [(n, CUE) for n in range(3)]
    talking = [(n, AUDIO) for n in (7, 8)]
    found = order(*burst, *talking, *talking)
    assert found == [(0, CUE), *talking, (1, CUE), *talking, (2, CUE)]


def test_samples_wait_for_no_decode_and_keep_their_place_in_the_audio() -> None:
    turns = Turns()
    for channel in (1, 2, 4):
        turns.put(channel, (CUE, Reset()))
    for letter in ((AUDIO, b"one"), (CUE, Sense(())), (AUDIO, b"two")):
        turns.put(3, letter)
    taken = [turns.take() for _ in range(6)]
    assert [channel for channel, _ in taken] == [1, 3, 2, 3, 4, 3]
    assert [letter for channel, (_, letter) in taken if channel == 3] == [b"one", Sense(()), b"two"]


def test_decodes_are_served_in_the_order_in_which_they_were_asked_for() -> None:
    found = order((3, CUE), (1, AUDIO), (2, CUE), (1, CUE))
    assert [channel for channel, kind in found if kind == CUE] == [3, 2, 1]


def test_a_session_that_sends_a_lot_does_not_come_before_one_that_sends_little() -> None:
    found = order(*[(1, AUDIO)] * 5, (2, AUDIO))
    assert found.index((2, AUDIO)) == 1


def test_endless_audio_does_not_keep_a_decode_waiting_for_more_than_one_round() -> None:
    turns = Turns()
    for channel in (1, 2, 3):
        turns.put(channel, (AUDIO, b""))
    turns.put(9, (CUE, b"a"))
    turns.put(8, (CUE, b"b"))
    taken = []
    for _ in range(8):
        channel, (kind, _body) = turns.take()
        taken.append(channel)
        if kind == AUDIO:
            turns.put(channel, (AUDIO, b""))
    assert taken[:5] == [9, 1, 2, 3, 8]


def test_what_waits_of_a_session_that_left_is_dropped() -> None:
    turns = Turns()
    for channel, kind in ((1, CUE), (2, AUDIO), (1, AUDIO), (2, CUE)):
        turns.put(channel, (kind, b""))
    turns.drop(1)
    turns.drop(5)
    assert [turns.take()[0] for _ in range(2)] == [2, 2]
    assert not turns


def left_of(*cues: Cue) -> list[Cue | bytes | None]:
    """What is left to do of one session's cues that all wait."""
    turns, left = Turns(), []
    for cue in cues:
        turns.put(1, (CUE, cue))
        turns.put(1, (AUDIO, b""))
    while turns:
        _, (kind, content) = turns.take()
        left += [content] if kind == CUE else []
    return left


def test_a_pause_that_is_over_is_not_decoded_when_a_later_one_waits_too() -> None:
    assert left_of(Settle(100), Expect(), Settle(300), Settle(700)) == [
        None,
        Expect(),
        None,
        Settle(700),
    ]


def test_the_words_of_a_turn_that_is_over_are_still_looked_for() -> None:
    cues = Settle(100), Reset(), Settle(300)
    assert left_of(*cues) == list(cues)


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from([AUDIO, CUE]))))
def test_every_message_is_dealt_with_once_and_in_its_channels_order(
    sent: list[tuple[int, int]],
) -> None:
    turns = Turns()
    for number, (channel, kind) in enumerate(sent):
        turns.put(channel, (kind, bytes([number % 256, number // 256])))
    taken = []
    while turns:
        channel, (_, body) = turns.take()
        assert isinstance(body, bytes)
        taken.append((channel, body[0] + 256 * body[1]))
    assert sorted(number for _, number in taken) == list(range(len(sent)))
    for each in range(5):
        own = [number for channel, number in taken if channel == each]
        assert own == sorted(own)
