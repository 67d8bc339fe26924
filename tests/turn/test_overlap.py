"""Both at once: duck, hold, decide, then cancel or resume. And what a reply does with tools."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.turn.script import Player, of, play
from voiceagent.events import (
    Apologise,
    Cancel,
    Cause,
    CloseTurn,
    Commit,
    Draft,
    DropTool,
    Duck,
    Fill,
    ForgetTurn,
    Heard,
    Hold,
    Judged,
    LinkLost,
    OpenTurn,
    ReplyAsked,
    ReplyAudible,
    ReplyFailed,
    ReplyFinished,
    Resume,
    RulesChanged,
    RunTool,
    SpeechLikely,
    SpeechStarted,
    SpeechStopped,
    ToolAsked,
    ToolFinished,
    Transcribe,
    Truncated,
    Verdict,
)
from voiceagent.rules import Overlap, Patience, Rules

RULES = Rules(patience=Patience(fixed_ms=500))
SPEAKS = (ReplyAsked(1000), ReplyAudible(1100, 1))
OVER = SpeechStarted(3080, begin=3000)
REPLY_SIDE = (Duck, Hold, Resume, Cancel, OpenTurn, ForgetTurn)


def test_a_real_interruption_is_held_at_once_and_cancelled_when_sure() -> None:
    assert of(play(*SPEAKS, OVER, Judged(3500, "interruption")), *REPLY_SIDE) == [
        (3080, Duck(1)),
        (3200, Hold(1)),
        (3500, OpenTurn(2 - 1, 3000)),
        (3500, Cancel(1, "turn_detected")),
    ]


def test_speech_that_lasts_is_an_interruption_whatever_it_says() -> None:
    done = of(play(*SPEAKS, OVER), *REPLY_SIDE)
    assert done[-2:] == [(4000, OpenTurn(1, 3000)), (4000, Cancel(1, "turn_detected"))]


@pytest.mark.parametrize("verdict", ["backchannel", "noise"])
def test_a_backchannel_resumes_the_reply_and_nobody_ever_hears_of_it(verdict: Verdict) -> None:
    done = play(*SPEAKS, OVER, SpeechStopped(3400, end=3300), Judged(3450, verdict))
    assert of(done, *REPLY_SIDE) == [
        (3080, Duck(1)),
        (3200, Hold(1)),
        (3450, ForgetTurn(None)),
        (3450, Resume(1)),
    ]


def test_a_short_backchannel_is_ducked_and_never_held() -> None:
    done = play(*SPEAKS, OVER, SpeechStopped(3190, end=3150), Judged(3260, "backchannel"))
    assert of(done, Duck, Hold, Resume) == [(3080, Duck(1)), (3260, Resume(1))]


def test_speech_without_a_verdict_is_forgotten_after_some_silence() -> None:
    done = play(*SPEAKS, OVER, SpeechStopped(3400, end=3300))
    assert of(done, ForgetTurn, Resume) == [(4100, ForgetTurn(None)), (4100, Resume(1))]


def test_a_wrong_verdict_expires_while_the_user_keeps_talking() -> None:
    done = play(*SPEAKS, OVER, Judged(3300, "backchannel"))
    assert of(done, *REPLY_SIDE) == [
        (3080, Duck(1)),
        (3200, Hold(1)),
        (3300, Resume(1)),
        (4300, Duck(1)),
        (4500, Hold(1)),
        (5300, OpenTurn(1, 3000)),
        (5300, Cancel(1, "turn_detected")),
    ]


def test_who_speaks_within_what_was_acquitted_is_on_trial_from_there() -> None:
    """An echo of the reply is heard all along; then the user talks over it."""
    done = play(*SPEAKS, OVER, Judged(3100, "noise"), SpeechStarted(3700, begin=3600))
    assert of(done, *REPLY_SIDE)[1:] == [
        (3100, Resume(1)),
        (3700, Duck(1)),
        (3800, Hold(1)),
        (4600, OpenTurn(1, 3600)),
        (4600, Cancel(1, "turn_detected")),
    ]


def test_speech_that_is_on_trial_is_not_begun_again() -> None:
    done = play(*SPEAKS, OVER, SpeechStarted(3150, begin=3140))
    assert of(done, OpenTurn) == [(4000, OpenTurn(1, 3000))]


def test_the_gate_alone_ducks_and_lets_go() -> None:
    assert of(play(*SPEAKS, SpeechLikely(3040)), *REPLY_SIDE) == [
        (3040, Duck(1)),
        (3340, Resume(1)),
    ]
    assert of(play(*SPEAKS, SpeechLikely(3040), OVER), Duck) == [(3040, Duck(1))]


@pytest.mark.parametrize(
    ("audible", "rules"),
    [(2900, RULES), (1100, replace(RULES, overlap=Overlap(backchannels=False)))],
)
def test_where_no_backchannel_is_possible_the_reply_is_held_at_once(
    audible: int, rules: Rules
) -> None:
    done = play(ReplyAsked(1000), ReplyAudible(audible, 1), OVER, rules=rules)
    assert of(done, Duck, Hold) == [(3080, Hold(1))]


def test_words_of_speech_on_trial_are_told_only_when_it_is_a_turn() -> None:
    script = *SPEAKS, OVER, Heard(3300, "no wait", until=3280)
    assert not of(play(*script, SpeechStopped(3350, 3300), Judged(3360, "noise")), Transcribe)
    done = of(play(*script, Judged(3310, "interruption")), OpenTurn, Transcribe, Cancel)
    assert [type(action) for _, action in done] == [OpenTurn, Transcribe, Cancel]


def test_an_interruption_is_answered_when_it_is_over() -> None:
    done = play(
        *SPEAKS, OVER, Judged(3500, "interruption"), SpeechStopped(4090, end=4000),
        Heard(4100, "tell me another", until=4000, final=True), rules=RULES,
    )  # fmt: skip
    assert of(done, Commit)[-1] == (4500, Commit(2))


def test_an_interruption_that_held_no_words_gives_the_cut_reply_back() -> None:
    done = play(
        *SPEAKS, OVER, SpeechStopped(4090, end=4000), Heard(4100, "", 4000, True), rules=RULES
    )
    assert of(done, Cancel, CloseTurn, Draft)[-3:] == [
        (4000, Cancel(1, "turn_detected")),
        (4500, CloseTurn(1, 4000)),
        (4500, Draft(2, Cause.RESUME, resumes=1)),
    ]


def test_without_the_right_to_interrupt_speech_is_a_turn_and_the_reply_goes_on() -> None:
    rules = replace(RULES, interrupt=False)
    done = play(
        *SPEAKS, OVER, SpeechStopped(4090, end=4000), Heard(4100, "and then", 4000, True),
        ReplyFinished(6000, 1), rules=rules,
    )  # fmt: skip
    assert of(done, *REPLY_SIDE, CloseTurn, Commit)[1:] == [
        (3080, OpenTurn(1, 3000)),
        (4500, CloseTurn(1, 4000)),
        (6000, Commit(2)),
    ]


def test_a_reply_that_ends_during_a_trial_makes_it_a_turn() -> None:
    done = play(*SPEAKS, OVER, ReplyFinished(3200, 1))
    assert of(done, OpenTurn) == [(3200, OpenTurn(1, 3000))]


def test_a_trial_ends_when_the_rules_forbid_interrupting() -> None:
    rules = replace(RULES, interrupt=False)
    done = Player(RULES).play(*SPEAKS, OVER, RulesChanged(3150, rules), ReplyFinished(9000, 1))
    assert of(done, Hold, Cancel) == []
    assert of(done, OpenTurn, Resume) == [(3150, OpenTurn(1, 3000)), (3150, Resume(1))]


def test_truncating_the_living_reply_cancels_it() -> None:
    assert of(play(*SPEAKS, Truncated(2000, 1)), Cancel) == [(2000, Cancel(1, "client_cancelled"))]
    assert of(play(*SPEAKS, Truncated(2000, 9)), Cancel) == []


def test_a_lost_link_ends_everything() -> None:
    done = play(*SPEAKS, OVER, LinkLost(3100))
    assert of(done, Cancel) == [(3100, Cancel(1, "link_lost"))]


# --- failures and tools --------------------------------------------------------------------------

TURN = (SpeechStarted(1060, 1000), SpeechStopped(2090, 2000), Heard(2100, "buy ten", 2000, True))


def test_a_reply_that_fails_says_so_once() -> None:
    done = play(*SPEAKS, ReplyFailed(2000, 1, "gone"), ReplyFailed(2100, 1, "voice too"))
    assert of(done, Apologise) == [(2000, Apologise(1, "gone"))]


def test_a_draft_that_fails_says_so_when_it_is_committed() -> None:
    done = play(*TURN, ReplyFailed(2200, 1, "gone"), rules=RULES)
    assert of(done, Commit, Apologise) == [(2500, Commit(1)), (2500, Apologise(1, "gone"))]


@pytest.mark.parametrize(
    ("effects", "runs"), [("none", 2200), ("reversible", 2500), ("final", 3300)]
)
def test_a_tool_waits_as_long_as_its_effects_demand(effects: str, runs: int) -> None:
    asked = ToolAsked(2200, 1, "c1", effects)  # type: ignore[arg-type]
    assert of(play(*TURN, asked, rules=RULES), RunTool) == [(runs, RunTool(1, "c1"))]


def test_speech_before_a_final_tool_starts_cancels_it() -> None:
    done = play(*TURN, ToolAsked(2200, 1, "c1", "final"), SpeechStarted(2700, 2640), rules=RULES)
    assert of(done, RunTool, DropTool) == [(2700, DropTool("c1"))]


def test_a_spoken_yes_starts_a_final_tool() -> None:
    done = play(
        *TURN, ToolAsked(2200, 1, "c1", "final"), ReplyAudible(2550, 1), SpeechStarted(3100, 3060),
        Judged(3250, "backchannel", assent=True), rules=RULES,
    )  # fmt: skip
    assert of(done, RunTool, DropTool) == [(3250, RunTool(1, "c1"))]


def test_a_dropped_draft_does_nothing_in_the_world() -> None:
    done = play(
        *TURN, ToolAsked(2200, 1, "c1", "reversible"), ToolAsked(2201, 1, "c2", "none"),
        SpeechStarted(2360, 2300), rules=RULES,
    )  # fmt: skip
    assert of(done, RunTool, DropTool) == [
        (2201, RunTool(1, "c2")),
        (2360, DropTool("c1")),
        (2360, DropTool("c2")),
    ]


def test_a_slow_tool_gets_a_filler_counted_from_the_commit() -> None:
    done = play(*TURN, ToolAsked(2200, 1, "c1", "none"), rules=RULES)
    assert of(done, Fill) == [(3200, Fill(1, "c1"))]


def test_a_result_that_comes_after_its_reply_is_told_when_the_floor_is_free() -> None:
    done = play(
        *TURN, ToolAsked(2200, 1, "c1", "none"), ReplyAudible(2600, 1), ReplyFinished(3000, 1),
        SpeechStarted(3500, 3460), ToolFinished(4000, "c1"), SpeechStopped(4590, 4500),
        Heard(4600, "", 4500, True), rules=RULES,
    )  # fmt: skip
    assert of(done, Draft)[-1] == (5000, Draft(2, Cause.TOOL))


def test_a_result_that_its_reply_tells_is_not_told_twice() -> None:
    done = play(
        *TURN, ToolAsked(2200, 1, "c1", "none"), ToolFinished(2600, "c1", told=True),
        ReplyFinished(3000, 1), rules=RULES,
    )  # fmt: skip
    assert len(of(done, Draft)) == 1
