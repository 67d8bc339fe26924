"""What is said over a living reply, from its words, its length and its level."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.worker.fakes import frame
from voiceagent.events import Event, Heard, HeardWord, Judged, SpeechStarted, SpeechStopped, Verdict
from voiceagent.hearing.overlap import Bounds, OverlapEar
from voiceagent.parts import FRAME_BYTES, FRAME_MS, Expect, Frame, Listener, Reset

PLAYED = bytes(FRAME_BYTES)
USUAL_DB = -26.0
LONG = Bounds().brief_ms[1]


def tone(db: float) -> bytes:
    """A frame of a square wave at this level."""
    level = round(32_768 * 10 ** (db / 20))
    up, down = (value.to_bytes(2, "little", signed=True) * 8 for value in (level, -level))
    return (up + down) * 20


@dataclass
class Scene:
    """An ear that is fed at real pace. `playing`: the agent can be heard."""

    ear: Listener = field(default_factory=lambda: OverlapEar().listen())
    now: int = 0
    playing: bool = False
    db: float = -90.0
    said: list[tuple[int, Verdict, str]] = field(default_factory=list)

    def until(self, position: int, *events: Event) -> Scene:
        """Feed up to there; the events come with the first frame."""
        while self.now < position:
            sound = Frame(self.now, tone(self.db), PLAYED if self.playing else None)
            for event in self.ear.feed(sound, events):
                if isinstance(event, Judged):
                    self.said.append((event.at, event.verdict, event.why))
            self.now += FRAME_MS
            events = ()
        return self

    def says(self, ms: int, db: float) -> Scene:
        """The user speaks alone."""
        return self.starts(db).until(self.now + ms).stops(400)

    def starts(self, db: float) -> Scene:
        self.db = db
        return self.until(self.now + FRAME_MS, SpeechStarted(self.now + FRAME_MS, self.now))

    def stops(self, then_ms: int = 100) -> Scene:
        self.db, end = -90.0, self.now
        return self.until(end + then_ms, SpeechStopped(end + 80, end))

    def hears(self, text: str, ms: int = 0, final: bool = False, sure: float = 1.0) -> Scene:
        words = tuple(HeardWord(word, 0, 0, sure) for word in text.split()) if final else ()
        heard = Heard(self.now + FRAME_MS, text, self.now, final, words)
        return self.until(self.now + max(ms, FRAME_MS), heard)

    @property
    def verdicts(self) -> list[Verdict]:
        return [verdict for _, verdict, _ in self.said]


def over(db: float = USUAL_DB, usual: bool = True) -> Scene:
    """Somebody has begun to speak over the agent, after a turn of the user's, or before any."""
    scene = Scene()
    if usual:
        scene.says(1000, USUAL_DB)
    scene.playing = True
    return scene.until(scene.now + 1000).starts(db)


# --- words alone ---------------------------------------------------------------------------------


def test_a_verdict_is_given_when_it_changes_and_afresh_for_new_speech() -> None:
    listener = OverlapEar().listen()

    def hear(*events: Event) -> list[Verdict]:
        return [e.verdict for e in listener.feed(frame(0), events) if isinstance(e, Judged)]

    assert hear(Heard(0, "yeah", 0)) == ["backchannel"]
    assert hear(Heard(0, "yeah okay", 0)) == []
    assert hear(Heard(0, "yeah okay but", 0)) == ["interruption"]
    assert hear(Heard(0, "yeah okay but no", 0, final=True)) == []
    assert hear(SpeechStarted(0, 0), Heard(0, "but", 0)) == ["interruption"]
    listener.tell(Reset())
    assert hear(Heard(0, "but", 0)) == ["interruption"]


def test_a_yes_is_an_answer_where_the_agent_has_asked_and_a_backchannel_elsewhere() -> None:
    listener = OverlapEar().listen()
    for cue, verdict in (
        (Expect(), "backchannel"),
        (Expect("yes_no"), "interruption"),
        (Expect(), "backchannel"),
    ):
        listener.tell(cue)
        listener.tell(Reset())
        judged = list(listener.feed(frame(0), [Heard(100, "yes", 90)]))
        assert [event.verdict for event in judged if isinstance(event, Judged)] == [verdict]


def test_without_knowing_what_is_played_neither_length_nor_level_says_anything() -> None:
    scene = Scene().says(1000, USUAL_DB).says(3000, -60.0)
    assert scene.said == []


# --- live words over the agent -------------------------------------------------------------------


def test_live_words_that_change_say_nothing() -> None:
    scene = over(USUAL_DB - 6)
    scene.until(scene.now + 600)
    for text in ("can you say", "the mocha is", "were they you", "light roast and"):
        scene.hears(text, 60)
    assert scene.verdicts == []


def test_live_words_that_stand_are_an_interruption() -> None:
    scene = over().until(3060).hears("can you tell", 80)
    assert scene.verdicts == []
    scene.hears("can you tell me", 80)
    assert scene.verdicts == ["interruption"]
    assert "new words" in scene.said[0][2]


def test_new_live_words_that_come_early_may_still_become_a_backchannel() -> None:
    scene = over()
    assert scene.until(scene.now + 300).hears("can you tell", 180).verdicts == []


def test_few_live_words_are_not_enough_but_a_wish_to_stop_is() -> None:
    assert over().until(2900).hears("a mocha", 160).verdicts == []
    assert over().until(2900).hears("no", 160).verdicts == [], "a hum is often taken for it"
    assert over().until(2900).hears("stop", 160).verdicts == ["interruption"]


def test_a_live_backchannel_lets_the_reply_go_on() -> None:
    scene = over().until(2900).hears("yeah", 160)
    assert scene.verdicts == ["backchannel"]


# --- the end of short speech ---------------------------------------------------------------------


def brief(text: str, sure: float, live: str = "") -> Verdict:
    scene = over()
    scene.until(scene.now + 300)
    if live:
        scene.hears(live)
    scene.until(scene.now + 100).stops().hears(text, final=True, sure=sure)
    (verdict,) = scene.verdicts
    return verdict


def test_short_speech_interrupts_only_with_words_that_are_certain() -> None:
    assert brief("a large mocha", 0.95) == "interruption"
    assert brief("a large mocha", 0.4) == "backchannel"
    assert brief("no", 0.95) == "interruption"
    assert brief("mm-hm", 0.4) == "backchannel"


def test_a_wish_to_stop_that_was_heard_live_counts_where_the_end_has_no_words() -> None:
    assert brief("[unclear]", 0.0, live="stop") == "interruption"
    assert brief("[unclear]", 0.0, live="were") == "noise"


# --- length and level ----------------------------------------------------------------------------


def test_speech_that_goes_on_is_an_interruption_the_sooner_the_louder() -> None:
    at = {}
    for db in (USUAL_DB + 3, USUAL_DB - 6):
        scene = over(db)
        begin = scene.now - FRAME_MS
        scene.until(begin + 1200)
        ((when, verdict, why),) = scene.said
        assert verdict == "interruption"
        assert why.startswith("goes on (0.")
        at[db] = when - begin
    assert at[USUAL_DB + 3] == Bounds().brief_ms[0]
    assert at[USUAL_DB - 6] == LONG


def test_a_wrong_verdict_is_taken_back_when_the_speech_goes_on() -> None:
    scene = over(USUAL_DB - 6).until(2900).hears("yeah", 1000)
    assert scene.verdicts == ["backchannel", "interruption"]


def test_somebody_far_quieter_than_the_user_is_nobody_for_as_long_as_it_lasts() -> None:
    scene = over(USUAL_DB - 15).until(2800)
    scene.hears("the bus is late", 1500)
    assert set(scene.verdicts) == {"noise"}
    assert len(scene.said) > 2
    assert "15 dB below your usual" in scene.said[-1][2]


def test_before_the_user_has_spoken_nobody_is_far_quieter() -> None:
    assert over(USUAL_DB - 15, usual=False).until(3000).verdicts == ["interruption"]


def test_a_side_talker_who_turns_to_the_agent_is_heard() -> None:
    scene = over(USUAL_DB - 15).until(2900)
    scene.db = USUAL_DB
    assert scene.until(4000).verdicts[-1] == "interruption"


def test_speech_in_short_stretches_is_counted_together() -> None:
    scene = over(USUAL_DB - 6)
    for _ in range(2):
        scene.until(scene.now + 320).stops(120).starts(USUAL_DB - 6)
    assert scene.verdicts == []
    scene.until(scene.now + 320)
    assert scene.verdicts == ["interruption"]


def test_what_was_judged_is_not_counted_again() -> None:
    scene = over(USUAL_DB - 6)
    for _ in range(4):
        scene.until(scene.now + 320).stops(60).hears("mm-hm", final=True, ms=60)
        scene.starts(USUAL_DB - 6)
    assert set(scene.verdicts) == {"backchannel"}


def test_while_an_echo_is_told_its_words_and_its_length_count_for_nothing() -> None:
    scene = over()
    for _ in range(6):
        scene.until(scene.now + 200, Judged(scene.now, "noise", "an echo"))
        scene.hears("can you tell me", 100)
    assert scene.verdicts == []


def test_what_was_an_echo_does_not_make_the_speech_after_it_longer() -> None:
    scene = over()
    for _ in range(6):
        scene.until(scene.now + 200, Judged(scene.now, "noise", "an echo"))
    scene.until(scene.now + LONG - 200)
    assert scene.verdicts == []
    scene.until(scene.now + 700)
    assert scene.verdicts == ["interruption"]


def test_few_words_after_an_echo_may_be_the_agents_own() -> None:
    scene = over().until(3000, Judged(2800, "noise", "an echo")).until(3300).stops()
    assert scene.hears("a large mocha", final=True).verdicts == ["noise"]


@pytest.mark.parametrize(("db", "told"), [(-35.0, "9 dB below"), (-23.0, "3 dB above")])
def test_the_measured_figures_are_in_the_why(db: float, told: str) -> None:
    scene = over(db).until(4000)
    assert f"{told} your usual" in scene.said[0][2]
