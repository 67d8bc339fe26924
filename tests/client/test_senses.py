"""What an application measures of its user, in virtual time: from `sense` to `UserFelt`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import anyio
import pytest

from tests.client.far_end import FarEnd, calling
from voiceagent import Measured, testing
from voiceagent.client.call import Call
from voiceagent.client.events import AgentFinished, Failed, UserFelt
from voiceagent.errors import Refused
from voiceagent.events import Felt, Reading
from voiceagent.hearing import InlineEars
from voiceagent.hearing.feelings import FeelingsEar, whole_only
from voiceagent.parts import SENSES, Ear
from voiceagent.rules import Patience, Rules
from voiceagent.server.sensing import MOST_SAVED, SAMPLES_PER_S
from voiceagent.session import House
from voiceagent.testing import ScriptedEars, run_virtual, says

BEGIN, END = 3_000, 4_500
PLAIN = Reading({"neutral": 0.7, "happy": 0.3}, 0.2, 0.1, 0.7, ("even",), ("lively",), (0, 1_500))
HEARS = [*says("hello", BEGIN, END), Felt(4_000, PLAIN), Felt(4_595, PLAIN, final=True)]
BLOCK = bytes(24_000 * 20 // 1000 * 2)
USUAL = [Measured("heart_rate", 70.0 + n % 2, at=n * 200) for n in range(10)]
Measure = Callable[[Call, int], Awaitable[None]]


def feeling(**fields: Any) -> House:
    """A house whose ears read feelings: the same ones in every turn."""
    ears: list[Ear] = [ScriptedEars(HEARS), FeelingsEar()]
    made = testing.house(
        open_ears=lambda on_event: InlineEars(ears, whole_only(on_event)),
        rules=Rules(patience=Patience(fixed_ms=500)),
        senses=SENSES,
    )
    return replace(made, **fields)


async def nothing(call: Call, at: int) -> None:
    return None


def spoken(measure: Measure = nothing, house: House | None = None) -> list[UserFelt]:
    """Everything that was felt in one turn, while somebody measures after every 20 ms of audio."""
    felt: list[UserFelt] = []

    async def talk() -> None:
        async with testing.call(house or feeling()) as call:
            for at in range(0, 6_000, 20):
                await call.send_audio(BLOCK)
                await anyio.sleep(0.02)
                await measure(call, at + 20)
            async for event in call:
                assert not isinstance(event, Failed), event
                if isinstance(event, UserFelt):
                    felt.append(replace(event, item=""))
                if isinstance(event, AgentFinished):
                    return

    run_virtual(talk)
    return felt


def at_once(*samples: Measured, when: int = 4_000) -> Measure:
    """The usual at 2 s, and these samples at their time."""

    async def measure(call: Call, at: int) -> None:
        if at == 2_000:
            await call.sense_all(USUAL)
        if at == when:
            await call.sense_all(samples)

    return measure


def fast(at: int | None = None, quality: float = 1.0) -> Measured:
    return Measured("heart_rate", 110.0, quality, at)


def arousals(measure: Measure) -> list[float]:
    return [event.reading.arousal for event in spoken(measure)]


def test_without_samples_the_voice_alone_is_told_to_the_bit() -> None:
    felt = spoken()
    assert [event.final for event in felt] == [False, False, True]  # at the stop, and at the end
    for event in felt:
        told = event.reading
        assert (told.labels, told.valence, told.arousal) == (PLAIN.labels, 0.2, 0.1)
        assert (told.confidence, told.reasons) == (PLAIN.confidence, PLAIN.reasons)


@pytest.mark.parametrize(
    "samples",
    [
        (),
        (fast(3_500, quality=0.0),),
        (fast(2_000),),  # before the turn: it teaches what is usual, and moves nothing
        (fast(0),),
    ],
)
def test_samples_of_no_use_change_nothing_to_the_bit(samples: tuple[Measured, ...]) -> None:
    assert spoken(at_once(*samples)) == spoken()


def test_a_faster_heart_makes_the_reading_livelier_and_changes_no_label() -> None:
    without, felt = spoken(), spoken(at_once(fast()))
    assert felt[-1].reading.arousal > 0.15 > without[-1].reading.arousal
    assert felt[-1].reading.labels == without[-1].reading.labels


def test_one_sample_at_a_time_is_as_good() -> None:
    async def measure(call: Call, at: int) -> None:
        if at % 500 == 0:
            await call.sense("heart_rate", 110 if at > BEGIN else 70 + at // 500 % 2, quality=0.9)

    assert arousals(measure)[-1] > 0.15


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (BEGIN - 200, True),
        (BEGIN - 201, False),
        (END + 200, True),
        (END + 201, False),
    ],
)
def test_samples_belong_to_the_turn_within_200_ms(at: int, counts: bool) -> None:
    assert (arousals(at_once(fast(at), when=4_800))[-1] > 0.1) is counts


@pytest.mark.parametrize(("at", "counts"), [(2_000, True), (1_700, False), (3_750, False)])
def test_the_time_of_a_sample_counts_the_audio_that_was_sent(at: int, counts: bool) -> None:
    """The microphone is off for the second second, so that speech begins after 2 s of audio."""
    felt: list[float] = []

    async def talk() -> None:
        async with testing.call(feeling()) as call:
            for now in range(0, 6_000, 20):
                if not 1_000 <= now < 2_000:
                    await call.send_audio(BLOCK)
                await anyio.sleep(0.02)
                if now == 4_800:
                    await call.sense_all([*(replace(one, at=0) for one in USUAL), fast(at)])
            async for event in call:
                if isinstance(event, UserFelt):
                    felt.append(event.reading.arousal)
                if isinstance(event, AgentFinished):
                    return

    run_virtual(talk)
    assert (felt[-1] > 0.1) is counts


@pytest.mark.parametrize(("ahead", "counts"), [(200, True), (201, False)])
def test_samples_may_run_a_little_ahead_of_the_audio(ahead: int, counts: bool) -> None:
    refusals: list[Failed] = []

    async def talk() -> None:
        async with testing.call(feeling()) as call:
            await call.send_audio(BLOCK * 50)
            await call.sense_all([fast(0), fast(1_000 + ahead)])
            await call.send_text("Hello!")
            async for event in call:
                if isinstance(event, Failed):
                    refusals.append(event)
                if isinstance(event, AgentFinished):
                    return

    run_virtual(talk)
    assert [refusal.code for refusal in refusals] == ["invalid_value"] * (not counts)
    assert all("only 1000 ms of audio have come" in refusal.message for refusal in refusals)


def test_another_session_of_the_same_house_is_not_moved() -> None:
    house = feeling()
    stirred, other = spoken(at_once(fast()), house), spoken(at_once(), house)
    assert stirred[-1].reading.arousal > other[-1].reading.arousal == 0.1


def test_what_is_wrong_with_a_sample_is_refused_at_once_and_nothing_is_sent() -> None:
    async def measure(call: Call, at: int) -> None:
        if at != 4_000:
            return
        for name, value, quality in (
            ("shoe_size", 110.0, 1.0),
            ("heart_rate", float("nan"), 1.0),
            ("heart_rate", 110.0, 1.5),
        ):
            with pytest.raises(Refused) as refused:
                await call.sense_all([*USUAL, Measured(name, value, quality)])
            assert str(refused.value.param).startswith("samples[10].")

    assert spoken(measure) == spoken()


def test_a_flood_is_refused_and_the_call_goes_on() -> None:
    codes: list[str] = []

    async def talk() -> None:
        async with testing.call(feeling()) as call:
            await call.sense_all([fast()] * (MOST_SAVED + 1))
            await anyio.sleep(1)
            await call.sense_all([fast()] * 64)
            assert SAMPLES_PER_S >= 64
            await call.send_text("Hello!")
            async for event in call:
                if isinstance(event, Failed):
                    codes.append(event.code)
                if isinstance(event, AgentFinished):
                    return

    run_virtual(talk)
    assert codes == ["too_many_samples"]


def test_a_call_knows_what_may_be_told() -> None:
    seen: list[tuple[str, ...]] = []

    async def talk() -> None:
        for house in (feeling(), testing.house()):
            async with testing.call(house) as call:
                seen.append(call.senses)

    run_virtual(talk)
    assert seen == [SENSES, ()]


def test_where_nobody_reads_feelings_samples_are_taken_and_change_nothing() -> None:
    async def talk() -> None:
        async with testing.call(testing.house()) as call:
            await call.sense("heart_rate", 82)
            await call.send_text("Hello!")
            async for event in call:
                assert not isinstance(event, Failed | UserFelt)
                if isinstance(event, AgentFinished):
                    return

    run_virtual(talk)


def test_a_server_that_is_not_ours_is_not_told() -> None:
    far = FarEnd()

    async def talk() -> None:
        async with calling(far) as call:
            with pytest.raises(Refused, match="knows nothing of what is measured"):
                await call.sense("heart_rate", 82)

    run_virtual(talk)
    assert "voiceagent.sense" not in far.kinds()
