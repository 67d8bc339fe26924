"""Whole conversations, in virtual time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import anyio
import pytest

from tests.session.talk import FIXED, Talk
from voiceagent import events as e
from voiceagent.errors import ModelError, ToolError
from voiceagent.events import Effects, Judged
from voiceagent.parts import FRAME_BYTES, Ended, Expect, Manner, Phrase, Thought, ToolCall, ToolSpec
from voiceagent.rules import Limits, Patience, Rules
from voiceagent.session import Ask, Called
from voiceagent.session import Ended as Over
from voiceagent.testing import Monotone, Parrot, Tape, says

LONG = "this is a rather long answer that goes on and on for quite a while"
HELLO = says("hello", 500, 1500)


def ends(talk: Talk) -> list[tuple[str, str]]:
    return [(n.status, n.reason) for _, n in talk.tape.of(Over) if isinstance(n, Over)]


# --- answering -----------------------------------------------------------------------------------


def test_a_turn_is_answered_when_the_silence_is_over_and_the_answer_is_heard_whole() -> None:
    talk = Talk(HELLO).run(8)
    assert talk.tape.played[0][0] == 2000, "the draft was ready, so the commit costs nothing"
    assert talk.tape.words(1) == "You said: hello"
    assert talk.tape.sound_ms(1) == len("You said: hello") * 60
    assert talk.heard() == [
        ("user", "hello", "completed"),
        ("assistant", "You said: hello", "completed"),
    ]


def test_audio_leaves_at_real_time_and_never_further_ahead_than_the_lead() -> None:
    talk = Talk(HELLO, tape=Tape(lead_ms=200)).run(8)
    start, handed = talk.tape.played[0][0], 0
    for at, piece in talk.tape.played:
        handed += len(piece.pcm) // 48
        assert handed <= at - start + 200


def test_the_reply_is_over_when_its_playback_is_not_when_it_was_made() -> None:
    talk = Talk(HELLO, tape=Tape(lead_ms=200)).run(8)
    ((at, _),) = talk.tape.of(Over)
    assert at == 2000 + talk.tape.sound_ms(1)


def test_a_dropped_draft_is_stopped_at_its_source_and_nobody_hears_of_it() -> None:
    mind = Parrot(delay_s=0.3)
    script = [*says("hello", 500, 1500), *says("hello you", 1750, 2500)]
    talk = Talk(script, mind).run(8)
    assert mind.stopped == 1
    assert {piece.reply for _, piece in talk.tape.played} == {2}
    assert [asked.words for asked in mind.asked] == ["hello", "hello you"]


def test_ears_that_are_late_cut_nobody_off() -> None:
    script = [*says("hello", 500, 1500), *says("hello you", 1900, 2500)]
    talk = Talk(script, late_ms=200).run(8)
    assert [type(a) for a in talk.actions(e.Commit, e.Cancel)] == [e.Commit]


def test_a_file_sent_at_once_is_heard_like_a_live_voice() -> None:
    async def send(talk: Talk) -> None:
        await talk.session.hear(bytes(FRAME_BYTES * 50 * 5))

    talk = Talk(HELLO, silent_from_ms=0).run(8, send)
    assert talk.heard()[0] == ("user", "hello", "completed")
    assert talk.tape.words(1) == "You said: hello"


def test_when_the_microphone_dies_in_mid_pause_the_turn_still_ends() -> None:
    talk = Talk(HELLO, silent_from_ms=1620).run(8)
    assert talk.tape.words(1) == "You said: hello"
    assert any(isinstance(event, e.Stalled) for event, _ in talk.log)


def test_a_greeting_is_said_first_without_asking_the_mind() -> None:
    mind = Parrot()
    talk = Talk((), mind, greeting="Hello, I am here.").run(4)
    assert talk.tape.words(1) == "Hello, I am here."
    assert mind.asked == []


def test_silence_makes_the_agent_speak_up_once() -> None:
    rules = replace(FIXED, limits=Limits(idle_ms=2000))
    talk = Talk(HELLO, rules=rules).run(20)
    causes = [a.cause for a in talk.actions(e.Draft) if isinstance(a, e.Draft)]
    assert causes == [e.Cause.USER, e.Cause.IDLE]


def test_a_slow_voice_is_played_as_it_comes() -> None:
    talk = Talk(HELLO, Parrot([Phrase("one."), Phrase("two.")]), Monotone(delay_s=0.7)).run(8)
    assert talk.tape.words(1).split() == ["one.", "two."]
    assert ends(talk) == [("completed", "")]


def test_a_mind_that_was_cut_by_its_limit_says_so() -> None:
    talk = Talk(HELLO, Parrot([Phrase("well"), Ended("length")])).run(5)
    assert ends(talk) == [("incomplete", "max_output_tokens")]


# --- both at once --------------------------------------------------------------------------------


def over(*judged: Judged) -> list[e.Event]:
    return [*HELLO, e.SpeechStarted(4060, 4000), *judged]


def test_an_interruption_silences_the_reply_and_keeps_only_what_was_heard() -> None:
    script = [*over(Judged(4400, "interruption")), *says("stop", 4000, 5000)[1:]]
    talk = Talk(script, Parrot([Phrase(LONG)])).run(9)
    last = max(at for at, piece in talk.tape.played if piece.reply == 1)
    assert last <= 4220, "held after 200 ms and never resumed"
    role, text, status = talk.heard()[1]
    assert (role, status) == ("assistant", "incomplete")
    assert LONG.startswith(text)
    assert text == "this is a rather long answer that goes"
    assert ends(talk)[0] == ("cancelled", "turn_detected")


def test_the_mind_is_told_only_what_was_heard() -> None:
    mind = Parrot([Phrase(LONG)])
    script = [*over(Judged(4400, "interruption")), *says("stop", 4000, 5000)[1:]]
    Talk(script, mind).run(9)
    assert [getattr(entry, "text", "") for entry in mind.asked[1].history] == [
        "hello",
        "this is a rather long answer that goes",
        "stop",
    ]


def test_after_a_backchannel_the_reply_goes_on_at_the_word() -> None:
    script = [*over(), e.SpeechStopped(4390, 4300), Judged(4450, "backchannel")]
    talk = Talk(script, Parrot([Phrase(LONG)])).run(9)
    assert talk.tape.words(1) == LONG
    assert talk.heard()[1] == ("assistant", LONG, "completed")
    repeated = talk.tape.sound_ms(1) - len(LONG) * 60
    assert 0 < repeated <= len("goes ") * 60, "at most the word that was cut is said again"
    gap = [at for at, _ in talk.tape.played if 4250 <= at < 4450]
    assert gap == []


def test_a_hold_fades_out_and_a_resume_fades_in() -> None:
    script = [*over(), e.SpeechStopped(4390, 4300), Judged(4450, "backchannel")]
    talk = Talk(script, Parrot([Phrase(LONG)])).run(9)
    before = [piece for at, piece in talk.tape.played if at <= 4300][-1]
    after = next(piece for at, piece in talk.tape.played if at >= 4440)
    assert abs(int.from_bytes(before.pcm[-2:], "little", signed=True)) < 300
    assert abs(int.from_bytes(after.pcm[:2], "little", signed=True)) < 300


def test_a_duck_is_softer_but_goes_on() -> None:
    script = [*over(), e.SpeechStopped(4170, 4080), Judged(4180, "noise")]
    talk = Talk(script, Parrot([Phrase(LONG)])).run(9)
    ducked = [p for at, p in talk.tape.played if 4080 <= at <= 4150]
    assert ducked
    assert all(int.from_bytes(p.pcm[-2:], "little", signed=True) < 4000 for p in ducked)
    assert talk.tape.sound_ms(1) == len(LONG) * 60


def test_an_interruption_without_words_gives_the_rest_of_the_reply_back() -> None:
    script = [*over(), e.SpeechStopped(5090, 5000), e.Heard(5100, "", 5000, final=True)]
    talk = Talk(script, Parrot([Phrase(LONG)])).run(12)
    heard = [entry for entry in talk.heard() if entry[0] == "assistant"]
    assert heard[0][2] == "incomplete"
    assert heard[1] == ("assistant", LONG[len(heard[0][1]) :].strip(), "completed")


def test_a_slow_link_never_gets_a_piece_of_a_dead_reply() -> None:
    script = [*over(Judged(4100, "interruption")), *says("stop", 4000, 5000)[1:]]
    talk = Talk(script, Parrot([Phrase(LONG)]), tape=Tape(slow_s=0.15)).run(12)
    late = [at for at, piece in talk.tape.played if piece.reply == 1 and at > 4100]
    assert late == []


# --- failures ------------------------------------------------------------------------------------


def test_a_mind_that_fails_in_mid_reply_is_said_to_the_user_and_the_conversation_goes_on() -> None:
    mind = Parrot([Phrase("I think "), ModelError("llm", "gone")])
    script = [*HELLO, *says("again", 9000, 9800)]
    talk = Talk(script, mind).run(18)
    assert talk.tape.words(1).startswith("I think")
    assert "something went wrong" in talk.tape.words(1)
    assert [status for status, _ in ends(talk)] == ["failed", "failed"]
    assert len(mind.asked) == 2


def test_a_voice_that_fails_ends_the_reply_and_nothing_else() -> None:
    talk = Talk([*HELLO, *says("again", 3000, 3800)], voice=Monotone(fails="broken")).run(8)
    assert [status for status, _ in ends(talk)] == ["failed", "failed"]


def test_failing_ears_are_apologised_for() -> None:
    script = [e.SpeechStarted(560, 500), e.EarsFailed(900, "crash"), *says("hello", 4000, 4500)]
    talk = Talk(script).run(10)
    assert "missed that" in talk.tape.words(1)
    assert talk.tape.words(2) == "You said: hello"


# --- tools ---------------------------------------------------------------------------------------


@dataclass
class Clock:
    """A tool."""

    takes_s: float = 0.1
    effects: Effects = "none"
    fails: bool = False
    ran: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec("clock", effects=self.effects, own=True)

    async def run(self, arguments: Mapping[str, Any]) -> str:
        self.ran.append(arguments)
        await anyio.sleep(self.takes_s)
        if self.fails:
            raise ToolError("no clock here")
        return "noon"


class Asks(Parrot):
    """A mind that asks the clock once and then tells what it knows."""

    async def think(self, asked: Any) -> Any:
        self.asked.append(asked)
        known = [entry.output for entry in asked.history if hasattr(entry, "output")]
        if known:
            yield Phrase(f"It is {known[-1]}.")
        else:
            yield ToolCall("c1", "clock", '{"zone": "utc"}')


def test_a_quick_tool_of_ours_is_told_in_the_same_reply() -> None:
    clock = Clock()
    talk = Talk(HELLO, Asks(), tools={"clock": clock}).run(8)
    assert clock.ran == [{"zone": "utc"}]
    assert talk.tape.words(1) == "It is noon."
    assert ends(talk) == [("completed", "")]
    assert not talk.tape.of(Called), "a tool of ours is nothing that the client sees"


def test_a_slow_tool_gets_a_filler_and_its_result_a_reply_of_its_own() -> None:
    talk = Talk(HELLO, Asks(), tools={"clock": Clock(takes_s=5)}).run(15)
    assert talk.tape.words(1) == "One moment, please."
    assert talk.tape.words(2) == "It is noon."


def test_a_tool_that_fails_is_told_to_the_mind() -> None:
    talk = Talk(HELLO, Asks(), tools={"clock": Clock(fails=True)}).run(8)
    assert talk.tape.words(1) == "It is error: no clock here."


def test_a_tool_with_effects_does_not_run_for_a_draft_that_is_dropped() -> None:
    clock = Clock(effects="reversible")
    script = [*says("book it", 500, 1500), *says("book it no", 1800, 2400)[:2]]
    Talk(script, Asks(), tools={"clock": clock}).run(2.3)
    assert clock.ran == []


def test_a_running_tool_ends_with_its_session() -> None:
    Talk(HELLO, Asks(), tools={"clock": Clock(takes_s=500)}).run(4)


def test_a_tool_of_the_clients_is_handed_over_at_the_commit() -> None:
    thoughts: list[Thought | Exception] = [ToolCall("c1", "lights", "{}")]
    talk = Talk(HELLO, Parrot(thoughts)).run(4)
    ((at, called),) = talk.tape.of(Called)
    assert isinstance(called, Called)
    assert called.call.name == "lights"
    assert at == 2000


# --- the client ----------------------------------------------------------------------------------


def test_an_aside_leaves_no_trace_and_runs_beside_the_reply() -> None:
    async def ask(talk: Talk) -> None:
        await anyio.sleep(2.5)
        manner = Manner(modality="text")
        talk.session.ask(Ask(manner, items=(), tag="t", aside=True))

    talk = Talk(HELLO, Parrot([Phrase(LONG)])).run(9, ask)
    assert talk.tape.words(-1) == LONG
    assert len(talk.heard()) == 2
    assert sorted(ends(talk)) == [("completed", ""), ("completed", "")]


def test_too_many_asides_are_refused() -> None:
    from voiceagent.errors import Refused

    async def ask(talk: Talk) -> None:
        for _ in range(4):
            talk.session.ask(Ask(aside=True))
        with pytest.raises(Refused, match="At most 4"):
            talk.session.ask(Ask(aside=True))

    Talk((), Parrot(delay_s=1)).run(2, ask)


def test_an_asked_reply_uses_its_own_manner_and_items() -> None:
    mind = Parrot()

    async def ask(talk: Talk) -> None:
        talk.session.ask(Ask(Manner(instructions="be brief"), items=()))

    Talk((), mind).run(3, ask)
    assert mind.asked[0].manner.instructions.startswith("be brief")
    assert mind.asked[0].history == ()


def test_text_is_said_at_once_and_not_paced() -> None:
    async def ask(talk: Talk) -> None:
        talk.session.ask(Ask(Manner(modality="text")))

    talk = Talk((), Parrot([Phrase("one "), Phrase("two")])).run(2, ask)
    assert talk.tape.words(1) == "one two"
    assert talk.tape.played[-1][0] == 0
    assert talk.tape.sound_ms(1) == 0


def test_changed_rules_hold_from_now_on() -> None:
    async def change(talk: Talk) -> None:
        await anyio.sleep(1)
        talk.session.change_rules(Rules(turns="manual"))

    talk = Talk(HELLO, rules=Rules(patience=Patience(fixed_ms=200))).run(4, change)
    assert talk.tape.played == []


def test_twenty_minutes_of_talk_are_over_in_a_moment_and_leave_the_books_in_order() -> None:
    script: list[e.Event] = []
    for n in range(60):
        script += says(f"number {n}", n * 4000 + 500, n * 4000 + 1200)
    talk = Talk(script).run(245)
    assert len(talk.heard()) == 120
    assert [text for role, text, _ in talk.heard() if role == "user"] == [
        f"number {n}" for n in range(60)
    ]


def test_a_yes_to_a_question_is_no_backchannel() -> None:
    """The ears are told what the agent has asked for, and forget it with the next reply."""
    ears: list[Expect] = []
    question = Phrase("Shall I?", expects=Expect("yes_no"))
    talk = Talk([*HELLO, *says("again", 6000, 6800)], Parrot([question]))
    talk.run(9, lambda talk: note_cues(talk, ears))
    assert [cue.kind for cue in ears] == ["open", "yes_no", "open", "yes_no"]


async def note_cues(talk: Talk, ears: list[Expect]) -> None:
    tell = talk.session.tell_ears

    def noted(cue: Any) -> None:
        ears.append(cue)
        tell(cue)

    talk.session.tell_ears = noted  # type: ignore[method-assign]
