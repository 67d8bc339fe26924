"""What goes through the pipe comes out of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.errors import (
    Busy,
    ConfigError,
    MissingExtra,
    ModelError,
    Refused,
    VoiceAgentError,
)
from voiceagent.events import Felt, Heard, Reading, SpeechStarted
from voiceagent.parts import Frame
from voiceagent.worker import messages as m

FRAMES: list[m.Heedful] = [
    (Frame(0, b"\1\2" * 320), ()),
    (Frame(20, b"\3\4" * 320, b"\5\6" * 320), [SpeechStarted(40, 20), Heard(40, "你好", 40)]),
    (Frame(2**40, b"", b""), ()),
]


def test_frames_arrive_with_all_that_was_seen() -> None:
    assert [(f, list(seen)) for f, seen in m.unpack_frames(m.pack_frames(FRAMES))] == [
        (frame, list(seen)) for frame, seen in FRAMES
    ]


def test_events_arrive_with_how_far_the_ears_have_got() -> None:
    felt = Felt(60, Reading({"happy": 1.0}, 0.5, 0.5, 0.9))
    assert m.unpack_events(m.pack_events(60, [felt])) == (60, [felt])
    assert m.unpack_events(m.pack_events(-1, [])) == (-1, [])


@given(st.lists(st.tuples(st.integers(1, 14), st.integers(0, 2**32 - 1), st.binary(max_size=40))))
def test_messages_arrive_however_the_pipe_cuts_them(sent: list[tuple[int, int, bytes]]) -> None:
    stream = b"".join(m.pack(*message) for message in sent)
    for cut in (1, 7, 8192):
        reader = m.Reader()
        pieces = [stream[i : i + cut] for i in range(0, len(stream), cut)]
        assert [message for piece in pieces for message in reader.feed(piece)] == sent


def test_a_message_that_is_too_large_is_refused_on_both_sides() -> None:
    with pytest.raises(ModelError, match="too large"):
        m.pack(m.Kind.ITEM, 1, bytes(m.MAX_BODY + 1))
    with pytest.raises(ModelError, match="announced"):
        m.Reader().feed(m.HEAD.pack(m.MAX_BODY + 1, 1, m.Kind.ITEM))


@pytest.mark.parametrize(
    ("error", "arrives"),
    [
        (MissingExtra("a voice", "pip install x"), MissingExtra("a voice", "pip install x")),
        (ConfigError("a.yaml: b"), ConfigError("a.yaml: b")),
        (ModelError("other", "tired"), ModelError("other", "tired")),
        (Busy("it"), Busy("it")),
        (ZeroDivisionError("x / 0"), ModelError("model", "ZeroDivisionError: x / 0")),
    ],
)
def test_an_error_arrives_as_what_it_means_here(error: Exception, arrives: Exception) -> None:
    got = m.unpack_error(m.pack_error("model", error))
    assert (type(got), str(got)) == (type(arrives), str(arrives))


def test_what_cannot_be_read_is_an_error_of_the_worker() -> None:
    unknown = b"\x80\x04\x8c\x07nowhere\x8c\x05Thing\x93."
    with pytest.raises(ModelError, match="cannot be read"):
        m.read_body(unknown)


@pytest.mark.parametrize(
    "error",
    [
        Refused("no such dialect", "invalid_value", "style.language"),
        Busy("the voice", 3),
        MissingExtra("voice", "pip install it"),
        ModelError("voice", "crashed"),
    ],
)
def test_an_error_of_ours_comes_out_of_a_worker_as_what_it_was(error: VoiceAgentError) -> None:
    back = m.unpack_error(m.pack_error("voice", error))
    assert type(back) is type(error)
    assert (str(back), vars(back)) == (str(error), vars(error))
