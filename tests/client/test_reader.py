"""What the server's messages mean to an application."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client.far_end import sound
from voiceagent.client import events as ev
from voiceagent.client.playing import Playing
from voiceagent.client.reader import Reader
from voiceagent.events import HeardWord

OURS = {"voiceagent": {"events": []}, "audio": {"input": {}, "output": {}}}


def read(*messages: dict[str, Any], reader: Reader | None = None, now: int = 0) -> list[Any]:
    reader = reader or Reader()
    return [event for message in messages for event in reader.read(message, now)]


def of(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, **fields}


def created(reply: str = "r1", **fields: Any) -> dict[str, Any]:
    return of("response.created", response={"id": reply, "conversation_id": "c", **fields})


def added(item: str, role: str = "user", after: str | None = None, **fields: Any) -> dict[str, Any]:
    about = {"id": item, "type": "message", "role": role, "content": [], **fields}
    return of("conversation.item.added", item=about, previous_item_id=after)


def audio(ms: int, reply: str = "r1", item: str = "i1") -> dict[str, Any]:
    return of("response.output_audio.delta", response_id=reply, item_id=item, delta=sound(ms))


def words(text: str, reply: str = "r1", item: str = "i1") -> dict[str, Any]:
    kind = "response.output_audio_transcript.delta"
    return of(kind, response_id=reply, item_id=item, delta=text)


def item_done(text: str, status: str = "completed", reply: str = "r1") -> dict[str, Any]:
    content = [{"type": "output_audio", "transcript": text}]
    item = {"id": "i1", "type": "message", "status": status, "content": content}
    return of("response.output_item.done", response_id=reply, item=item)


def done(reply: str = "r1", status: str = "completed", **details: Any) -> dict[str, Any]:
    response = {"id": reply, "status": status, "status_details": details or None}
    return of("response.done", response=response)


STARTED = of("input_audio_buffer.speech_started", audio_start_ms=300, item_id="u1")
REPLY = (created(), added("i1", "assistant"), words("One two"), audio(1000), words(" three four"))


# --- the user ------------------------------------------------------------------------------------


def test_the_users_words_grow_until_they_are_final() -> None:
    kind = "conversation.item.input_audio_transcription"
    delta = of(f"{kind}.delta", item_id="u1", delta="turn on")
    more = of(f"{kind}.delta", item_id="u1", delta=" the light")
    end = of(f"{kind}.completed", item_id="u1", transcript="Turn on the light.")
    assert read(STARTED, delta, more, end) == [
        ev.UserStartedSpeaking(300, "u1"),
        ev.UserSaid("turn on", False, "u1"),
        ev.UserSaid("turn on the light", False, "u1"),
        ev.UserSaid("Turn on the light.", True, "u1"),
    ]


def test_final_words_say_when_how_sure_and_what_else_where_the_server_knows() -> None:
    word = {"text": "hello", "start_ms": 300, "end_ms": 700, "confidence": 0.9}
    ours = {"words": [word], "others": ["yellow"]}
    kind = "conversation.item.input_audio_transcription.completed"
    done = of(kind, item_id="u1", transcript="hello", voiceagent=ours)
    known = (HeardWord("hello", 300, 700, 0.9),)
    assert read(done) == [ev.UserSaid("hello", True, "u1", known, ("yellow",))]


def test_words_that_come_before_their_item_are_in_the_conversation() -> None:
    reader = Reader()
    kind = "conversation.item.input_audio_transcription.delta"
    read(of(kind, item_id="u1", delta="hello"), added("u1"), reader=reader)
    assert [(said.role, said.text) for said in reader.transcript.messages] == [("user", "hello")]


def test_words_that_could_not_be_made_out_end_the_turn_with_an_error() -> None:
    kind = "conversation.item.input_audio_transcription.failed"
    failed = of(kind, item_id="u1", error={"message": "ears broke", "code": "ears_failed"})
    assert read(failed) == [ev.Failed("ears broke", "ears_failed"), ev.UserSaid("", True, "u1")]


def test_what_was_felt_comes_with_the_words_unless_it_has_an_event_of_its_own() -> None:
    felt = {"labels": {"happy": 0.9}, "valence": 0.5, "span": [100, 900]}
    kind = "conversation.item.input_audio_transcription.completed"
    end = of(kind, item_id="u1", transcript="yes", voiceagent={"emotion": felt})
    (_, reading) = read(end)
    assert (reading.reading.labels, reading.reading.span) == ({"happy": 0.9}, (100, 900))
    opted = {**OURS, "voiceagent": {"events": ["emotion"]}}
    assert len(read(of("session.updated", session=opted), end)) == 1
    (own,) = read(of("voiceagent.user_emotion", item_id="u1", final=False, **felt))
    assert (own.reading.valence, own.final) == (0.5, False)


def test_sounds_come_with_what_was_felt_where_a_server_tells_them() -> None:
    laugh = {"kind": "laugh", "span": [100, 900], "confidence": 0.8}
    for sounds, told in (([laugh], (ev.UserSound("laugh", (100, 900), 0.8),)), ([], ())):
        message = of("voiceagent.user_emotion", item_id="u1", final=True, sounds=sounds)
        assert read(message)[0].sounds == told
    (older,) = read(of("voiceagent.user_emotion", item_id="u1", final=True))
    assert older.sounds == ()
    (wrong,) = read(of("voiceagent.user_emotion", item_id="u1", sounds=[{"kind": "laugh"}]))
    assert wrong.code == "unreadable_message"


# --- replies -------------------------------------------------------------------------------------


def test_a_reply_is_started_said_heard_and_finished() -> None:
    events = read(*REPLY, item_done("One two three four"), done())
    assert [type(event) for event in events] == [
        ev.AgentStarted,
        ev.AgentSaid,
        ev.AgentAudio,
        ev.AgentSaid,
        ev.AgentSaid,
        ev.AgentFinished,
    ]
    assert events[3].text == "One two three four"
    assert (events[4].final, events[4].cut) == (True, False)
    assert (len(events[2].pcm), events[2].rate) == (48_000, 24_000)


def test_speech_over_a_reply_interrupts_it_where_the_clock_is() -> None:
    reader = Reader()
    read(*REPLY, reader=reader, now=5_000)
    assert read(STARTED, reader=reader, now=5_400)[1:] == [ev.Interrupted("r1", 400, "i1")]
    assert read(audio(100), STARTED, reader=reader)[1:] == [], "once, and nothing more is played"


def test_a_report_of_the_application_beats_the_clock() -> None:
    reader = Reader()
    read(*REPLY, reader=reader, now=5_000)
    reader.report(130)
    assert read(STARTED, reader=reader, now=5_400)[1:] == [ev.Interrupted("r1", 130, "i1")]


def test_a_reply_that_is_over_is_interrupted_only_while_it_can_be_heard() -> None:
    reader = Reader()
    read(*REPLY, done(), reader=reader, now=5_000)
    assert read(STARTED, reader=reader, now=5_990)[1:] == []
    reader = Reader()
    read(*REPLY, done(), reader=reader, now=5_000)
    assert read(STARTED, reader=reader, now=5_500)[1:] == [ev.Interrupted("r1", 500, "i1")]


def test_where_speech_does_not_interrupt_nothing_is_interrupted() -> None:
    stays = {"audio": {"input": {"turn_detection": {"interrupt_response": False}}}}
    events = read(of("session.updated", session=stays), *REPLY, STARTED)
    assert not any(isinstance(event, ev.Interrupted) for event in events)


def test_a_cancelled_reply_is_interrupted_even_if_nobody_was_heard_to_speak() -> None:
    events = read(*REPLY, done(status="cancelled", type="cancelled", reason="client_cancelled"))
    assert events[-2:] == [
        ev.Interrupted("r1", 0, "i1"),
        ev.AgentFinished("r1", "cancelled", "client_cancelled"),
    ]


def test_a_failed_reply_says_why() -> None:
    error = {"type": "server_error", "message": "the model is gone"}
    assert read(created(), done(status="failed", error=error))[-1].reason == "the model is gone"


def test_the_conversation_keeps_what_was_heard_of_a_cut_reply() -> None:
    reader = Reader()
    read(*REPLY, STARTED, item_done("One two", "incomplete"), reader=reader)
    (said,) = reader.transcript.messages
    assert (said.role, said.text, said.cut) == ("assistant", "One two", True)


def test_another_server_does_not_know_what_was_heard_so_it_is_reckoned() -> None:
    reader = Reader()
    read(*REPLY, item_done("One two three four", "incomplete"), done(), reader=reader)
    cut = of("conversation.item.truncated", item_id="i1", content_index=0, audio_end_ms=500)
    assert read(cut, reader=reader) == [ev.AgentSaid("One two", True, True, "r1", "i1")]
    assert reader.transcript.messages[0].text == "One two"


def test_our_own_server_is_asked_what_was_heard() -> None:
    reader = Reader()
    read(of("session.created", session=OURS), *REPLY, done(), reader=reader)
    cut = of("conversation.item.truncated", item_id="i1", content_index=0, audio_end_ms=500)
    left = [{"type": "output_audio", "transcript": "One two three"}]
    item = {"id": "i1", "type": "message", "role": "assistant", "content": left}
    assert read(cut, reader=reader) == []
    (mended,) = read(of("conversation.item.retrieved", item=item), reader=reader)
    assert (mended.text, mended.cut) == ("One two three", True)


def test_a_reply_out_of_band_is_no_part_of_the_conversation() -> None:
    reader = Reader()
    reader.asides = 1
    events = read(created("r9", conversation_id=None), words("Aside", "r9"), reader=reader)
    assert [type(event) for event in events] == [ev.AgentStarted, ev.AgentSaid]
    assert reader.active is None
    assert reader.transcript.messages == ()


def test_items_stand_in_the_order_of_the_conversation() -> None:
    reader = Reader()

    def text(words: str) -> list[dict[str, str]]:
        return [{"type": "input_text", "text": words}]

    read(
        added("a", content=text("first")),
        added("c", content=text("third")),
        added("b", after="a", content=text("second")),
        added("d", content=text("gone")),
        of("conversation.item.deleted", item_id="d"),
        reader=reader,
    )
    assert [said.text for said in reader.transcript.messages] == ["first", "second", "third"]


# --- faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        of("response.output_audio.delta", response_id="r1", item_id="i1", delta="***"),
        of("response.output_audio.delta", response_id="r1", item_id="i1", delta="AAAA"),
        of("response.created"),
        of("input_audio_buffer.speech_started", item_id="u1"),
        of("response.output_item.done", response_id="r1", item=None),
        of("session.updated"),
    ],
    ids=lambda message: message["type"],
)
def test_a_message_that_makes_no_sense_is_reported_and_the_call_goes_on(message: Any) -> None:
    (failed,) = read(message)
    assert failed.code == "unreadable_message"
    assert message["type"] in failed.message


def test_what_is_not_known_means_nothing() -> None:
    assert read(of("rate_limits.updated"), of("something.new"), {}) == []


def test_an_error_of_the_server_is_an_event() -> None:
    error = {"type": "invalid_request_error", "message": "No.", "code": None}
    assert read(of("error", error=error)) == [ev.Failed("No.", "")]


def test_telephone_audio_comes_out_as_pcm() -> None:
    session = {"audio": {"output": {"format": {"type": "audio/pcmu"}}}}
    events = read(of("session.updated", session=session), created(), audio(10))
    assert (events[-1].rate, len(events[-1].pcm)) == (8_000, 960)


# --- playing -------------------------------------------------------------------------------------


def test_what_comes_late_is_played_late() -> None:
    playing = Playing()
    playing.add(100, now=0)
    playing.add(100, now=500)
    assert [playing.played(at) for at in (500, 550, 600, 900)] == [100, 150, 200, 200]
    playing.report(9_000)
    assert playing.played(0) == 200, "nobody plays more than there is"
