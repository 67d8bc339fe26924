from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import anyio
import pytest

from voiceagent.errors import MissingExtra, ModelError
from voiceagent.events import Cause
from voiceagent.parts import (
    EVERY_STYLE,
    Asked,
    Ended,
    Expect,
    Manner,
    Output,
    Phrase,
    Spoken,
    Styles,
    Thought,
    ToolCall,
    Usage,
)
from voiceagent.speaking import Cascade, laid_over
from voiceagent.speaking.cascade import Joiner
from voiceagent.style import Style

CALL = ToolCall("1", "lights", "{}")
ENDED = Ended("stop", Usage(3, 4))
DIGITS = Expect("digits")


class Script:
    """A mind that thinks what it is told to; an exception in its script is raised there."""

    def __init__(self, *script: Thought | Exception) -> None:
        self.script = script
        self.given = 0
        self.closed = False

    async def think(self, asked: Asked) -> AsyncGenerator[Thought, None]:
        try:
            for thought in self.script:
                await anyio.lowlevel.checkpoint()
                if isinstance(thought, Exception):
                    raise thought
                self.given += 1
                yield thought
        finally:
            self.closed = True


class Echo:
    """A voice that says two pieces a phrase, and remembers what it was given."""

    def __init__(self, fails: Exception | None = None, phrases: int = 99) -> None:
        self.heard: list[Phrase] = []
        self.name = ""
        self.fails = fails
        self.phrases = phrases
        self.closed = False

    def styles(self) -> Styles:
        return EVERY_STYLE

    async def speak(
        self, phrases: AsyncIterator[Phrase], name: str = ""
    ) -> AsyncGenerator[Spoken, None]:
        self.name = name
        try:
            async for phrase in phrases:
                self.heard.append(phrase)
                if self.fails:
                    raise self.fails
                yield Spoken(b"\1\0", text=phrase.text)
                yield Spoken(b"\2\0")
                if len(self.heard) == self.phrases:
                    return
        finally:
            self.closed = True


class Tray:
    """Where a reply goes; full after `room` outputs."""

    def __init__(self, room: int = 99) -> None:
        self.outputs: list[Output] = []
        self.room = room
        self.full = anyio.Event()

    async def send(self, output: Output) -> None:
        await anyio.lowlevel.checkpoint()
        if len(self.outputs) >= self.room:
            self.full.set()
            await anyio.sleep_forever()
        self.outputs.append(output)

    @property
    def texts(self) -> list[str]:
        return [out.text for out in self.outputs if isinstance(out, Spoken) and out.text]


def asked(cause: Cause = Cause.USER, unsaid: str = "", **manner: Any) -> Asked:
    return Asked(cause, (), Manner(**manner), unsaid=unsaid)


def answer(cascade: Cascade, asked: Asked) -> Tray:
    tray = Tray()
    anyio.run(cascade.answer, asked, tray)
    return tray


def test_phrases_are_spoken_in_order_and_the_end_comes_last() -> None:
    mind, voice = Script(Phrase("One."), ENDED, Phrase("Two.")), Echo()
    tray = answer(Cascade(mind, voice), asked(voice="ada"))
    assert tray.outputs == [
        Spoken(b"\1\0", text="One."),
        Spoken(b"\2\0"),
        Spoken(b"\1\0", text="Two."),
        Spoken(b"\2\0"),
        ENDED,
    ]
    assert voice.name == "ada"
    assert mind.closed
    assert voice.closed


def test_tool_calls_go_straight_out_in_their_own_order() -> None:
    second = ToolCall("2", "lights", "{}")
    tray = answer(Cascade(Script(Phrase("One."), CALL, second), Echo()), asked())
    assert [out for out in tray.outputs if isinstance(out, ToolCall)] == [CALL, second]
    assert tray.texts == ["One."]


def test_a_reply_that_is_only_a_tool_call_says_nothing() -> None:
    assert answer(Cascade(Script(CALL, ENDED), Echo()), asked()).outputs == [CALL, ENDED]


@pytest.mark.parametrize("voice", [None, Echo()])
def test_a_text_reply_has_no_audio_and_keeps_the_order(voice: Echo | None) -> None:
    mind = Script(Phrase("One."), CALL, Phrase("Two.", expects=DIGITS), ENDED)
    tray = answer(Cascade(mind, voice), asked(modality="text" if voice else "audio"))
    assert tray.outputs == [Spoken(text="One."), CALL, Spoken(text="Two.", expects=DIGITS), ENDED]


@pytest.mark.parametrize("cause", [Cause.RESUME, Cause.APOLOGY, Cause.GREETING])
def test_words_that_are_known_are_said_without_asking_the_mind(cause: Cause) -> None:
    unsaid = " and so on, as I was saying. The end: 2 * 3."
    for voice in (Echo(), None):
        mind = Script(Phrase("Never."))
        tray = answer(Cascade(mind, voice), asked(cause, unsaid))
        assert "".join(tray.texts) == unsaid
        assert mind.given == 0


def test_the_mind_is_asked_only_if_no_words_are_known() -> None:
    for question, said in ((asked(Cause.GREETING), "New."), (asked(Cause.USER, "Old."), "Old.")):
        assert answer(Cascade(Script(Phrase("New.")), Echo()), question).texts == [said]


def test_the_sessions_style_lies_under_the_phrases() -> None:
    voice = Echo()
    base = Style(emotion="happy", intensity=0.9, pace=1.5, pitch=2.0)
    sad = Style(emotion="sad", pace=2.0)
    answer(Cascade(Script(Phrase("a"), Phrase("b", sad)), voice), asked(style=base))
    assert [phrase.style for phrase in voice.heard] == [
        base,
        Style(emotion="sad", intensity=0.5, pace=3.0, pitch=2.0),
    ]
    assert laid_over(sad, Style()) is sad


def test_the_kind_of_answer_that_a_phrase_calls_for_comes_with_its_first_piece() -> None:
    mind = Script(Phrase("One."), Phrase("Your number?", expects=DIGITS), Phrase("Please."))
    tray = answer(Cascade(mind, Echo()), asked())
    marked = [out for out in tray.outputs if isinstance(out, Spoken) and out.expects]
    assert marked == [Spoken(b"\1\0", text="Your number?", expects=DIGITS)]


def test_the_kind_of_answer_is_not_lost_when_a_voice_runs_phrases_together() -> None:
    class Together(Echo):
        async def speak(
            self, phrases: AsyncIterator[Phrase], name: str = ""
        ) -> AsyncGenerator[Spoken, None]:
            yield Spoken(b"\1\0", text=" ".join([phrase.text async for phrase in phrases]))

    mind = Script(Phrase("One."), Phrase("Your number?", expects=DIGITS))
    tray = answer(Cascade(mind, Together()), asked())
    assert tray.outputs == [Spoken(b"\1\0", text="One. Your number?"), Spoken(expects=DIGITS)]


def failure(cascade: Cascade, tray: Tray) -> ModelError:
    found: list[ModelError] = []

    async def run() -> None:
        try:
            await cascade.answer(asked(), tray)
        except* ModelError as group:
            found.extend(error for error in group.exceptions if isinstance(error, ModelError))

    anyio.run(run)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("voice", [Echo, lambda: None])
def test_what_a_mind_said_before_it_failed_is_still_spoken(
    voice: Callable[[], Echo | None],
) -> None:
    tray = Tray()
    script = [Phrase(f"{number}.") for number in range(6)]
    error = failure(Cascade(Script(*script, ValueError("no words")), voice()), tray)
    assert tray.texts == [phrase.text for phrase in script]
    assert (error.model, error.cause) == ("Script", "ValueError: no words")


def test_an_error_that_is_already_ours_passes_as_it_is_even_out_of_a_group() -> None:
    ours = ModelError("llm", "gone")
    group = ExceptionGroup("tasks", [ours])
    assert failure(Cascade(Script(ours), Echo()), Tray()) is ours
    assert failure(Cascade(Script(group), Echo()), Tray()) is ours
    with pytest.raises(MissingExtra):
        answer(Cascade(Script(MissingExtra("llm", "pip")), Echo()), asked())


def test_a_voice_that_fails_stops_the_mind() -> None:
    mind = Script(*[Phrase("word")] * 50)
    error = failure(Cascade(mind, Echo(fails=OSError("no sound"))), Tray())
    assert (error.model, error.cause) == ("Echo", "OSError: no sound")
    assert mind.closed
    assert mind.given < 10


def test_a_voice_that_ends_too_early_is_a_failure_and_not_silence() -> None:
    mind = Script(*[Phrase("word")] * 50)
    error = failure(Cascade(mind, Echo(phrases=2)), Tray())
    assert "ended before" in error.cause
    assert mind.closed


def test_a_part_that_fails_before_it_begins_is_blamed_too() -> None:
    class Broken(Echo):
        def speak(
            self, phrases: AsyncIterator[Phrase], name: str = ""
        ) -> AsyncGenerator[Spoken, None]:
            raise KeyError(name)

    assert failure(Cascade(Script(Phrase("word")), Broken()), Tray()).model == "Broken"


def test_the_mind_runs_ahead_of_the_voice_by_no_more_than_the_bound() -> None:
    mind, voice, tray = Script(*[Phrase("word")] * 50), Echo(), Tray(room=2)

    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Cascade(mind, voice, ahead=4).answer, asked(), tray)
            await tray.full.wait()
            for _ in range(100):
                await anyio.lowlevel.checkpoint()
            # two with the voice, four waiting, one in the mind's hand
            assert (len(voice.heard), mind.given) == (2, 7)
            tasks.cancel_scope.cancel()

    anyio.run(run)


@pytest.mark.parametrize("modality", ["audio", "text"])
def test_a_cancelled_reply_closes_mind_and_voice(modality: str) -> None:
    mind, voice, tray = Script(*[Phrase("word")] * 50), Echo(), Tray(room=1)

    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Cascade(mind, voice).answer, asked(modality=modality), tray)
            await tray.full.wait()
            tasks.cancel_scope.cancel()
        assert mind.closed
        assert voice.closed == (modality == "audio")

    anyio.run(run)


def test_a_mind_that_waits_for_its_source_is_closed_by_a_cancel() -> None:
    class Waiting(Script):
        async def think(self, asked: Asked) -> AsyncGenerator[Thought, None]:
            try:
                yield Phrase("Well.")
                await anyio.sleep_forever()
            finally:
                self.closed = True

    mind, tray = Waiting(), Tray(room=1)

    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Cascade(mind, Echo()).answer, asked(), tray)
            await tray.full.wait()
            tasks.cancel_scope.cancel()
        assert mind.closed

    anyio.run(run)


def test_the_scraps_of_a_streaming_model_become_phrases() -> None:
    joiner = Joiner()
    scraps = ["Well, he", "llo there. ", "It **is** ", "3.", "5 degrees", "."]
    phrases = [p for scrap in scraps for p in joiner.feed(Phrase(scrap, goes_on=True))]
    phrases += joiner.flush()
    assert "".join(phrase.text for phrase in phrases) == "Well, hello there. It is 3.5 degrees."
    assert not any(phrase.goes_on for phrase in phrases)


def test_a_whole_phrase_is_not_kept_waiting_and_comes_after_the_scraps_before_it() -> None:
    joiner = Joiner()
    assert joiner.feed(Phrase("so", goes_on=True)) == []
    assert [p.text for p in joiner.feed(Phrase("Stop!"))] == ["so", "Stop!"]


class Modest(Echo):
    """It laughs, and is sad; nothing else."""

    def styles(self) -> Styles:
        return Styles(("neutral", "sad"), sounds=("laugh",), languages=("en-gb",))


class Curious(Script):
    """A mind that remembers what it was asked."""

    async def think(self, asked: Asked) -> AsyncGenerator[Thought, None]:
        self.asked = asked
        async for thought in super().think(asked):
            yield thought


def scraps(text: str) -> list[Phrase]:
    return [Phrase(char, goes_on=True) for char in text]


def test_tags_of_a_streaming_mind_are_heard_and_not_said() -> None:
    voice = Echo()
    tray = answer(Cascade(Script(*scraps("[sad] Oh no. [laugh] [/] Well. [1]")), voice), asked())
    assert voice.heard == [
        Phrase("Oh no. ", Style(emotion="sad")),
        Phrase("Well. ", sounds=("laugh",)),
        Phrase("[1]"),
    ]
    assert "".join(tray.texts) == "Oh no. Well. [1]"


def test_tags_are_not_written_either() -> None:
    for cascade in (
        Cascade(Script(*scraps("[sad] Oh. [1]"))),
        Cascade(Script(Phrase("[sad] Oh."))),
    ):
        assert "".join(answer(cascade, asked()).texts).rstrip(" [1]") == "Oh."


def test_words_that_the_client_gives_keep_their_brackets() -> None:
    voice = Echo()
    answer(Cascade(Script(), voice), asked(unsaid="[sad] Oh."))
    assert [phrase.text for phrase in voice.heard] == ["[sad] Oh."]


def test_the_mind_is_told_of_tags_only_if_the_voice_has_more_than_one_way() -> None:
    mind = Curious(Phrase("Hi."))
    answer(Cascade(mind, Modest()), asked(instructions="Be kind."))
    assert "[sad] [laugh]" in mind.asked.manner.instructions
    answer(Cascade(mind), asked(instructions="Be kind."))
    assert mind.asked.manner.instructions == "Be kind."


def test_the_sessions_free_words_are_read_before_the_voice() -> None:
    voice = Echo()
    base = Style(instructions="laugh, then speak sadly and slowly")
    answer(Cascade(Script(Phrase("One."), Phrase("Two.")), voice), asked(style=base))
    sad = Style(emotion="sad", pace=0.75)
    assert voice.heard == [Phrase("One.", sad, sounds=("laugh",)), Phrase("Two.", sad)]


def test_a_sound_that_the_voice_lacks_leaves_no_empty_phrase() -> None:
    voice = Modest()
    answer(Cascade(Script(*scraps("Well. [sigh]")), voice), asked())
    assert [phrase.text for phrase in voice.heard] == ["Well. "]
    laughs = Modest()
    answer(Cascade(Script(*scraps("[laugh]")), laughs), asked())
    assert laughs.heard == [Phrase("", sounds=("laugh",))]


def test_what_the_voice_lacks_ends_the_reply_and_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    mind = Script(*scraps("[whisper] Psst. [sigh] Oh. [lang=tlh] Ka."), ENDED)
    tray = answer(Cascade(mind, Modest()), asked(style=Style(instructions="like a pirate")))
    assert tray.outputs[-1] == Ended(
        "stop",
        Usage(3, 4),
        (
            "instructions: not understood: 'pirate'",
            "mode 'whisper' became 'speak'",
            "sound 'sigh' was left out",
            "language 'tlh' became that of the text",
        ),
    )
    assert len(caplog.records) == 1
