"""Whole calls in virtual time: with an agent made of fakes, and with a scripted server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import anyio
import pytest

from tests.client.far_end import FarEnd, calling
from voiceagent import testing
from voiceagent.client import events as ev
from voiceagent.client.call import Call
from voiceagent.errors import (
    ConfigError,
    ModelError,
    Refused,
    RemoteLinkError,
    VoiceAgentError,
)
from voiceagent.events import Event, Felt, Heard, Reading, Settle, SpeechStarted
from voiceagent.hearing import InlineEars
from voiceagent.parts import EVERY_STYLE, Cue, Frame, Phrase, Thought, ToolCall
from voiceagent.rules import Patience, Rules
from voiceagent.session import Sentences
from voiceagent.style import Style
from voiceagent.testing import Parrot, run_virtual, says

FIXED = Rules(patience=Patience(fixed_ms=500))
HELLO = says("hello", 500, 1500)
LONG = "this is a rather long answer that goes on and on for quite a while"
BLOCK = bytes(24_000 * 20 // 1000 * 2)
Talk = Callable[[Call], Awaitable[None]]


def hold(
    talk: Talk, hears: Sequence[Event] = (), says: Sequence[Thought] | None = None, **fields: Any
) -> Parrot:
    """One call with an agent of fakes; its mind comes back."""
    mind = Parrot(says)
    fields = {"rules": FIXED, **fields}
    tools = fields.pop("tools", ())

    async def run() -> None:
        house = testing.house(hears, mind, **fields)
        with anyio.fail_after(300):
            async with testing.call(house, *tools) as call:
                await talk(call)

    run_virtual(run)
    return mind


async def feed(call: Call, seconds: float) -> None:
    """A silent microphone: the ears have their script."""
    for _ in range(round(seconds * 50)):
        await call.send_audio(BLOCK)
        await anyio.sleep(0.02)


async def until(call: Call, kind: type, count: int = 1) -> list[ev.CallEvent]:
    """The events up to and with the next of a kind."""
    seen: list[ev.CallEvent] = []
    async for event in call:
        seen.append(event)
        count -= isinstance(event, kind)
        if not count:
            return seen
    raise AssertionError(f"no {kind.__name__} among {seen}")


def heard(call: Call) -> list[tuple[str, str, bool]]:
    return [(said.role, said.text, said.cut) for said in call.conversation]


# --- talking -------------------------------------------------------------------------------------


def test_a_voice_goes_in_and_a_reply_comes_out() -> None:
    async def talk(call: Call) -> None:
        await feed(call, 4)
        seen = await until(call, ev.AgentFinished)
        assert [type(event) for event in seen if not isinstance(event, ev.AgentAudio)] == [
            ev.UserStartedSpeaking,
            ev.UserSaid,
            ev.UserStoppedSpeaking,
            ev.UserSaid,
            ev.AgentStarted,
            *[ev.AgentSaid] * 4,
            ev.AgentFinished,
        ]
        sound = b"".join(event.pcm for event in seen if isinstance(event, ev.AgentAudio))
        assert len(sound) == 48 * 60 * len("You said: hello")
        assert heard(call) == [("user", "hello", False), ("assistant", "You said: hello", False)]

    hold(talk, HELLO)


def test_text_is_answered_and_can_wait_for_its_answer() -> None:
    async def talk(call: Call) -> None:
        await call.send_text("one", respond=False)
        await call.send_text("two")
        await until(call, ev.AgentFinished)
        assert heard(call)[:2] == [("user", "one", False), ("user", "two", False)]

    mind = hold(talk, says=[Phrase("Well.")])
    assert len(mind.asked) == 1


def test_the_agent_says_exactly_these_words_and_no_mind_is_asked() -> None:
    async def talk(call: Call) -> None:
        await call.say("Mind the  gap: 2 * 3!", style=Style(mode="whisper"))
        seen = await until(call, ev.AgentFinished)
        assert [event.text for event in seen if isinstance(event, ev.AgentSaid)][-1] == (
            "Mind the  gap: 2 * 3!"
        )

    assert hold(talk).asked == []


def test_a_reply_is_asked_for_with_instructions_and_style_of_its_own() -> None:
    async def talk(call: Call) -> None:
        await call.reply("Sing.", style=Style(mode="sing", pace=1.5))
        await until(call, ev.AgentFinished)

    (asked,) = hold(talk).asked
    assert "Sing." in asked.manner.instructions
    assert (asked.manner.style.mode, asked.manner.style.pace) == ("sing", 1.5)


def test_a_style_may_be_said_in_words() -> None:
    async def talk(call: Call) -> None:
        await call.update(style="slowly")
        assert call.session["voiceagent"]["style"]["instructions"] == "slowly"
        await call.reply(style="sad, like a pirate")
        (*_, done) = await until(call, ev.AgentFinished)
        assert isinstance(done, ev.AgentFinished)
        assert done.degraded == ("instructions: not understood: 'pirate'",)

    (asked,) = hold(talk).asked
    assert asked.manner.style.instructions == "sad, like a pirate"


def test_whoever_is_strict_gets_an_error_and_no_reply() -> None:
    async def talk(call: Call) -> None:
        await call.say("Hello.", style="like a pirate", strict=True)
        (*_, failed) = await until(call, ev.Failed)
        assert isinstance(failed, ev.Failed)
        assert failed.code == "unsupported_style"
        with pytest.raises(Refused, match="pirate"):
            await call.update(style="like a pirate", strict=True)
        assert call.session["voiceagent"]["strict_style"] is False
        await call.say("Hello.", style="sadly", strict=True)
        await until(call, ev.AgentFinished)

    hold(talk)


def test_what_the_voice_lacks_of_a_minds_own_style_is_told() -> None:
    async def talk(call: Call) -> None:
        asides: tuple[dict[str, Any], ...] = ({}, {"conversation": "none"})
        for aside in asides:
            await call.reply(**aside)
            (*_, done) = await until(call, ev.AgentFinished)
            assert isinstance(done, ev.AgentFinished)
            assert done.degraded == ("instructions: not understood: 'pirate'",)

    hold(talk, says=[Phrase("Aye.", Style(instructions="like a pirate"))])


def test_a_call_knows_what_the_voice_can_do() -> None:
    async def talk(call: Call) -> None:
        assert call.voice == EVERY_STYLE

    hold(talk)


def test_a_reply_out_of_band_leaves_no_trace() -> None:
    async def talk(call: Call) -> None:
        await call.send_text("hello", respond=False)
        await call.reply("Summarise.", conversation="none", output_modalities=["text"])
        seen = await until(call, ev.AgentFinished)
        assert any(isinstance(event, ev.AgentSaid) and event.final for event in seen)
        assert heard(call) == [("user", "hello", False)]

    hold(talk)


def test_the_agent_may_open_the_conversation() -> None:
    async def talk(call: Call) -> None:
        await until(call, ev.AgentFinished)
        assert heard(call) == [("assistant", "Hello, I am here.", False)]

    hold(talk, sentences=Sentences(greeting="Hello, I am here."))


def test_what_was_felt_in_the_voice_is_told() -> None:
    felt = Felt(1400, Reading({"happy": 0.8}, 0.6, 0.4, 0.7, span=(500, 1400)), final=True)

    async def talk(call: Call) -> None:
        await feed(call, 2)
        seen = await until(call, ev.UserFelt)
        assert isinstance(seen[-1], ev.UserFelt)
        assert seen[-1].reading.labels == {"happy": 0.8}

    hold(talk, [*HELLO, felt])


# --- interrupting --------------------------------------------------------------------------------


def test_only_what_was_heard_of_an_interrupted_reply_stays_in_the_conversation() -> None:
    over = [*HELLO, SpeechStarted(4060, 4000)]

    async def talk(call: Call) -> None:
        await feed(call, 6)
        seen = await until(call, ev.Interrupted)
        assert not any(isinstance(event, ev.AgentAudio) for event in seen), "it was thrown away"
        interrupted = seen[-1]
        assert isinstance(interrupted, ev.Interrupted)
        assert 1_900 < interrupted.played_ms < 2_800
        (said,) = [said for said in call.conversation if said.role == "assistant"]
        assert said.cut
        assert LONG.startswith(said.text)
        assert 0 < len(said.text) * 60 <= interrupted.played_ms

    hold(talk, over, [Phrase(LONG)])


def test_the_applications_word_on_what_was_played_decides() -> None:
    async def talk(call: Call) -> None:
        await call.say("One two three four five six seven.")
        await until(call, ev.AgentAudio, 25)
        call.played(250)
        await call.interrupt()
        seen = await until(call, ev.AgentFinished)
        assert isinstance(seen[-1], ev.AgentFinished)
        assert (seen[-1].status, seen[-1].reason) == ("cancelled", "client_cancelled")
        await feed(call, 0.2)
        assert heard(call) == [("assistant", "One", True)]

    hold(talk)


def test_to_interrupt_nothing_does_no_harm() -> None:
    async def talk(call: Call) -> None:
        await call.interrupt()
        await call.say("Well.")
        await until(call, ev.AgentFinished)
        await call.interrupt()
        await call.say("And?")
        seen = await until(call, ev.AgentFinished)
        assert not any(isinstance(event, ev.Failed | ev.Interrupted) for event in seen)

    hold(talk)


# --- settings ------------------------------------------------------------------------------------


def test_settings_change_when_the_server_says_so() -> None:
    async def talk(call: Call) -> None:
        await call.update(instructions="Be brief.", speed=1.25, style=Style(emotion="happy"))
        assert call.session["instructions"] == "Be brief."
        assert call.session["audio"]["output"]["speed"] == 1.25
        assert call.session["audio"]["input"]["transcription"] is not None, "the rest stays"
        assert call.session["voiceagent"]["style"]["emotion"] == "happy"

    hold(talk)


def test_settings_that_are_refused_change_nothing_and_say_why() -> None:
    async def talk(call: Call) -> None:
        before = call.session
        with pytest.raises(Refused) as refusal:
            await call.update(speed=9)
        assert refusal.value.param == "session.audio.output.speed"
        assert call.session == before
        await call.update(speed=1.5)

    hold(talk)


class Attentive:
    """An ear that says its words when it is asked for them."""

    def listen(self) -> Attentive:
        return self

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Sequence[Event]:
        return ()

    def tell(self, cue: Cue) -> Sequence[Event]:
        if not isinstance(cue, Settle):
            return []
        return [Heard(cue.until, "hello", cue.until, final=True)]


ASKED: dict[str, Any] = {"open_ears": lambda on_event: InlineEars([Attentive()], on_event)}


def test_turns_by_hand_are_committed_and_answered_when_asked() -> None:
    async def talk(call: Call) -> None:
        await call.update(turn_detection=None)
        await feed(call, 1)
        await call.clear()
        await feed(call, 2)
        await call.commit()
        await call.reply()
        await until(call, ev.AgentFinished)
        assert heard(call)[0] == ("user", "hello", False)
        assert [role for role, _, _ in heard(call)] == ["user", "assistant"]

    hold(talk, **ASKED)


def test_telephone_formats_go_both_ways() -> None:
    async def talk(call: Call) -> None:
        law = {"format": {"type": "audio/pcmu"}}
        await call.update(audio={"input": law, "output": law})
        await feed(call, 4)
        seen = await until(call, ev.AgentFinished)
        sounds = [event for event in seen if isinstance(event, ev.AgentAudio)]
        assert {event.rate for event in sounds} == {8_000}
        ms = sum(len(event.pcm) for event in sounds) // 16
        assert ms in range(900, 905), "a resampler rounds up"

    hold(talk, HELLO)


def test_what_is_refused_later_is_an_event_and_the_call_goes_on() -> None:
    async def talk(call: Call) -> None:
        await call.say("One.")
        await call.say("Two.")
        seen = await until(call, ev.Failed)
        assert seen[-1].code == "conversation_already_has_active_response"  # type: ignore[union-attr]
        await until(call, ev.AgentFinished)

    hold(talk)


# --- tools ---------------------------------------------------------------------------------------


class Recipe(Parrot):
    """Calls tools first, then tells what came of them."""

    async def think(self, asked: Any) -> Any:
        self.asked.append(asked)
        results = [item for item in asked.history if type(item).__name__ == "ToolResult"]
        if results:
            yield Phrase(" and ".join(result.output for result in results))
        for thought in () if results else self.says or ():
            yield thought


def cook(talk: Talk, *calls: Thought, tools: Sequence[Callable[..., Any]] = ()) -> Recipe:
    mind = Recipe(calls)

    async def run() -> None:
        with anyio.fail_after(300):
            async with testing.call(testing.house((), mind, rules=FIXED), *tools) as call:
                await talk(call)

    run_virtual(run)
    return mind


async def weather(city: str) -> str:
    """The weather in a city."""
    return f"sun in {city}"


async def slow(s: float) -> str:
    await anyio.sleep(s)
    return "slept"


def test_a_function_is_called_when_the_model_asks_and_its_result_is_told() -> None:
    async def talk(call: Call) -> None:
        await call.send_text("How is the weather?")
        seen = await until(call, ev.AgentFinished, 2)
        kinds = [
            type(event) for event in seen if isinstance(event, ev.ToolCalled | ev.ToolAnswered)
        ]
        assert kinds == [ev.ToolCalled, ev.ToolAnswered]
        assert heard(call)[-1] == ("assistant", "sun in Oslo", False)

    mind = cook(talk, ToolCall("c1", "weather", '{"city": "Oslo"}'), tools=[weather])
    assert [tool.name for tool in mind.asked[0].manner.tools] == ["weather"]
    assert mind.asked[0].manner.tools[0].description == "The weather in a city."


def test_several_calls_of_one_reply_are_answered_together() -> None:
    calls = (
        ToolCall("c1", "slow", '{"s": 3}'),
        ToolCall("c2", "weather", '{"city": "Rome"}'),
        ToolCall("c3", "nowhere", "{}"),
    )

    async def talk(call: Call) -> None:
        await call.send_text("Go.")
        await until(call, ev.AgentFinished, 2)
        _, said, _ = heard(call)[-1]
        assert sorted(said.split(" and ")) == [
            "error: there is no tool 'nowhere'",
            "slept",
            "sun in Rome",
        ]

    assert len(cook(talk, *calls, tools=[slow, weather]).asked) == 2


def test_a_tool_can_be_offered_in_the_middle_of_a_call() -> None:
    async def talk(call: Call) -> None:
        @call.tool
        async def dice() -> int:
            """Throw a die."""
            return 4

        await call.send_text("Throw.")
        await until(call, ev.AgentFinished, 2)
        assert heard(call)[-1][1] == "4"
        assert await dice() == 4, "it is still a function"

    mind = cook(talk, ToolCall("c1", "dice", "{}"))
    assert [tool.name for tool in mind.asked[0].manner.tools] == ["dice"]


def test_the_agent_hears_of_a_tools_fault() -> None:
    async def broken() -> None:
        raise LookupError("no such thing")

    async def talk(call: Call) -> None:
        await call.send_text("Go.")
        seen = await until(call, ev.AgentFinished, 2)
        (answer,) = [event for event in seen if isinstance(event, ev.ToolAnswered)]
        assert answer.failed
        assert "no such thing" in heard(call)[-1][1]

    cook(talk, ToolCall("c1", "broken", "{}"), tools=[broken])


def test_the_end_of_a_call_does_not_wait_for_a_tool() -> None:
    async def talk(call: Call) -> None:
        await call.send_text("Go.")
        await until(call, ev.ToolCalled)

    cook(talk, ToolCall("c1", "slow", '{"s": 100000}'), tools=[slow])


def test_two_tools_of_one_name_are_a_mistake() -> None:
    async def talk(call: Call) -> None:
        with pytest.raises(ConfigError):
            call.tool(weather)

    cook(talk, tools=[weather])


# --- one turn with a recording -------------------------------------------------------------------


@pytest.mark.parametrize("real_time", [True, False])
def test_a_recording_is_one_turn(real_time: bool) -> None:
    async def talk(call: Call) -> None:
        turn = await call.converse(bytes(48_000 * 2), real_time=real_time)
        assert (turn.heard, turn.said) == ("hello", "You said: hello")
        assert turn.audio.ms == 60 * len("You said: hello")
        assert turn.status == "completed"

    hold(talk, HELLO)


def test_a_recording_at_another_rate_and_a_turn_by_hand() -> None:
    async def talk(call: Call) -> None:
        await call.update(turn_detection=None)
        turn = await call.converse(bytes(16_000 * 2 * 2), 16_000)
        assert (turn.heard, turn.said) == ("hello", "Well.")

    hold(talk, says=[Phrase("Well.")], **ASKED)


def test_a_recording_that_goes_on_after_a_pause_waits_for_the_last_reply() -> None:
    async def talk(call: Call) -> None:
        turn = await call.converse(bytes(48_000 * 5), real_time=True)
        assert turn.heard == "hello and you"
        assert turn.said.endswith("You said: and you")
        assert turn.status == "completed"

    hold(talk, [*HELLO, *says("and you", 2500, 4500)])


def test_a_recording_without_speech_is_a_turn_without_anything() -> None:
    async def talk(call: Call) -> None:
        turn = await call.converse(bytes(48_000))
        assert (turn.heard, turn.said, turn.audio.pcm, turn.status) == ("", "", b"", "")

    hold(talk)


def test_a_turn_with_a_tool_ends_when_its_result_was_told() -> None:
    mind = Recipe([ToolCall("c1", "slow", '{"s": 2}')])

    async def run() -> None:
        house = testing.house(HELLO, mind, rules=FIXED)
        async with testing.call(house, slow) as call:
            assert (await call.converse(bytes(48_000 * 2))).said == "slept"

    run_virtual(run)


def test_a_turn_whose_reply_fails_says_so() -> None:
    async def talk(call: Call) -> None:
        turn = await call.converse(bytes(48_000 * 2))
        assert turn.status == "failed"

    hold(talk, HELLO, [ModelError("mind", "gone")])  # type: ignore[list-item]


# --- a server that is not ours -------------------------------------------------------------------


def foreign(talk: Callable[[FarEnd, Call], Awaitable[None]], *tools: Any, **fields: Any) -> FarEnd:
    fars: list[FarEnd] = []

    async def run() -> None:
        far = FarEnd()
        fars.append(far)
        with anyio.fail_after(300):
            async with calling(far, *tools, **fields) as call:
                await talk(far, call)

    run_virtual(run)
    return fars[0]


def test_a_call_begins_with_settings_that_any_server_knows() -> None:
    async def talk(far: FarEnd, call: Call) -> None: ...

    far = foreign(talk, weather, instructions="Be kind.", voice="marin")
    (update,) = far.sent
    assert update["session"] == {
        "type": "realtime",
        "instructions": "Be kind.",
        "audio": {
            "input": {"transcription": {"model": "gpt-4o-mini-transcribe"}},
            "output": {"voice": "marin"},
        },
        "tools": [
            {
                "type": "function",
                "name": "weather",
                "description": "The weather in a city.",
                "parameters": {
                    "type": "object",
                    "properties": {"city": {"type": "string"}},
                    "required": ["city"],
                    "additionalProperties": False,
                },
            }
        ],
    }


def test_exact_words_are_asked_for_in_words() -> None:
    async def talk(far: FarEnd, call: Call) -> None:
        await call.say("Good morning.")

    response = foreign(talk).last("response.create")["response"]
    assert "Good morning." in response["instructions"]
    assert "voiceagent" not in response


def test_a_manner_is_asked_for_in_words_too_and_never_strictly() -> None:
    async def talk(far: FarEnd, call: Call) -> None:
        assert call.voice is None
        await call.say("Good morning.", style=Style(emotion="sad", pace=0.5))
        with pytest.raises(Refused, match="strict asks in vain"):
            await call.say("Good morning.", style="sad", strict=True)

    far = foreign(talk)
    assert far.kinds().count("response.create") == 1
    response = far.last("response.create")["response"]
    assert response["instructions"].endswith("Good morning. Say them like this: sad, pace 0.5.")
    assert "voiceagent" not in response


def test_it_is_told_how_much_was_heard_and_nothing_of_ours() -> None:
    async def talk(far: FarEnd, call: Call) -> None:
        far.starts_reply()
        far.speaks("A reply that comes much faster than it is played.", 4_000)
        far.ends_reply()
        await until(call, ev.AgentFinished)
        await anyio.sleep(1.5)
        far.hears_speech()
        seen = await until(call, ev.Interrupted)
        assert seen[-1] == ev.Interrupted("r1", 1_500, "i1")
        await anyio.sleep(0.01)

    far = foreign(talk)
    cut = far.last("conversation.item.truncate")
    assert (cut["item_id"], cut["audio_end_ms"], cut["content_index"]) == ("i1", 1_500, 0)
    assert "conversation.item.retrieve" not in far.kinds()


def test_what_was_asked_for_in_vain_is_no_error() -> None:
    async def talk(far: FarEnd, call: Call) -> None:
        far.starts_reply()
        await until(call, ev.AgentStarted)
        await call.interrupt()
        for about in (far.sent[-1]["event_id"], None):
            error = {"message": "Cancellation failed", "event_id": about}
            far.say("error", error=error)
        seen = await until(call, ev.Failed)
        far.ends_reply(status="cancelled")
        seen += await until(call, ev.AgentFinished)
        assert len([event for event in seen if isinstance(event, ev.Failed)]) == 1

    assert foreign(talk).kinds()[1:] == ["response.cancel"], "nothing was heard, so nothing is cut"


def test_results_wait_until_nobody_else_is_talking() -> None:
    async def talk(far: FarEnd, call: Call) -> None:
        far.starts_reply()
        far.calls("slow", '{"s": 1}', "c1")
        far.ends_reply()
        await anyio.sleep(0.5)
        far.starts_reply("r2", "i2")
        await anyio.sleep(5)
        assert far.kinds()[-1] == "conversation.item.create"
        far.ends_reply("r2")
        await anyio.sleep(1)
        assert far.kinds()[-1] == "response.create"

    foreign(talk, slow)


def test_a_reply_that_came_after_the_results_has_told_them() -> None:
    async def talk(far: FarEnd, call: Call) -> None:
        far.starts_reply()
        far.calls("weather", '{"city": "Rome"}', "c1")
        await anyio.sleep(1)
        far.starts_reply("r2", "i2")
        far.ends_reply()
        await anyio.sleep(1)
        far.starts_reply("r3", "i3")
        far.ends_reply("r2")
        far.ends_reply("r3")
        await anyio.sleep(1)
        assert "response.create" not in far.kinds()

    foreign(talk, weather)


def test_a_reply_that_the_user_stopped_is_not_gone_on_with() -> None:
    async def talk(far: FarEnd, call: Call) -> None:
        far.starts_reply()
        far.calls("weather", '{"city": "Rome"}', "c1")
        far.ends_reply(status="cancelled", reason="turn_detected")
        await anyio.sleep(1)
        assert far.kinds()[1:] == ["conversation.item.create"], "but its result is kept"

    foreign(talk, weather)


def test_messages_of_the_protocol_come_only_when_asked_for() -> None:
    async def talk(far: FarEnd, call: Call) -> None:
        far.say("rate_limits.updated", rate_limits=[])
        far.starts_reply()
        seen = await until(call, ev.AgentStarted)
        kinds = [event.type for event in seen if isinstance(event, ev.Raw)]
        assert kinds[-2:] == ["rate_limits.updated", "response.created"]

    foreign(talk, raw=True)


# --- ends ----------------------------------------------------------------------------------------


def test_a_lost_line_ends_the_iteration_and_everything_that_waits() -> None:
    async def talk(far: FarEnd, call: Call) -> None:
        far.starts_reply()
        far.hang_up()
        seen = [event async for event in call]
        assert seen == [ev.AgentStarted("r1"), ev.Closed("the script is over")]
        with pytest.raises(RemoteLinkError, match="the script is over"):
            await call.send_text("Anybody there?")
        with pytest.raises(RemoteLinkError):
            await call.interrupt()
        with pytest.raises(RemoteLinkError):
            await call.converse(b"\0\0" * 100)

    foreign(talk)


def test_whoever_waits_when_the_line_is_lost_is_told() -> None:
    async def run() -> None:
        far = FarEnd(answers=False)
        far.hang_up()
        with pytest.raises(RemoteLinkError, match="the script is over"):
            async with calling(far):
                raise AssertionError("it cannot begin")

    async def no_news() -> None:
        with pytest.raises(RemoteLinkError, match=r"no session\.updated in 30 s"):
            async with calling(FarEnd(answers=False)):
                raise AssertionError("it cannot begin")

    run_virtual(run)
    run_virtual(no_news)


def test_an_agent_that_never_answers_is_not_waited_for_for_ever() -> None:
    async def talk(far: FarEnd, call: Call) -> None:
        far.session["audio"]["input"]["turn_detection"] = {"type": "server_vad"}
        await call.update()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(begin_to_hear, far)
            with pytest.raises(RemoteLinkError, match="no reply came in 30 s"):
                await call.converse(bytes(48_000))

    async def begin_to_hear(far: FarEnd) -> None:
        await anyio.sleep(1)
        far.hears_speech()

    foreign(talk)


def test_an_error_of_the_applications_own_comes_out_as_itself() -> None:
    async def run() -> None:
        cause = KeyError("why")
        with pytest.raises(ZeroDivisionError) as error:
            async with testing.call(testing.house()):
                raise ZeroDivisionError from cause
        assert error.value.__cause__ is cause

    run_virtual(run)


def test_an_agent_that_breaks_ends_the_call_with_its_reason() -> None:
    class Deaf:
        def listen(self) -> Any:
            raise ModelError("ears", "cannot be opened")

    async def run() -> None:
        broken = replace(testing.house(), open_ears=lambda on_event: Deaf().listen())
        with pytest.raises(VoiceAgentError, match="cannot be opened"):
            async with testing.call(broken):
                raise AssertionError("it cannot begin")

    run_virtual(run)


def test_several_calls_share_a_house() -> None:
    async def run() -> None:
        house = testing.house()
        async with testing.call(house) as one, testing.call(house) as other:
            await one.say("One.")
            await other.say("Other.")
            await until(one, ev.AgentFinished)
            await until(other, ev.AgentFinished)
            assert heard(one) == [("assistant", "One.", False)]
            assert heard(other) == [("assistant", "Other.", False)]

    run_virtual(run)
