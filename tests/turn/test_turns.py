"""One speaker at a time: opening, patience, drafts, words, closing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.turn.script import Player, of, play
from voiceagent.events import (
    Cancel,
    CancelAsked,
    Cause,
    CloseTurn,
    Commit,
    Draft,
    Drop,
    EarsFailed,
    ForgetTurn,
    Heard,
    Idle,
    OpenTurn,
    Refuse,
    ReplyAsked,
    ReplyAudible,
    ReplyFinished,
    RulesChanged,
    Scored,
    Settle,
    SpeechStarted,
    SpeechStopped,
    Tick,
    Transcribe,
    TurnCleared,
    TurnHandedOver,
)
from voiceagent.rules import Limits, Patience, Rules
from voiceagent.turn import User

START = SpeechStarted(1060, begin=1000)
STOP = SpeechStopped(2090, end=2000)
WORDS = Heard(2100, "what time is it", until=2000, final=True)
FIXED = Rules(patience=Patience(fixed_ms=500))


def test_a_turn_is_drafted_in_the_pause_and_committed_when_patience_ends() -> None:
    assert play(START, STOP, WORDS, rules=FIXED) == [
        (1060, OpenTurn(1, 1000)),
        (2090, Settle(2000)),
        (2100, Transcribe(1, "what time is it", final=False)),
        (2100, Draft(1, Cause.USER, "what time is it")),
        (2500, CloseTurn(1, 2000)),
        (2500, Transcribe(1, "what time is it", final=True)),
        (2500, Commit(1)),
    ]


@pytest.mark.parametrize(
    ("probability", "closes"), [(1.0, 2180), (0.9, 2280), (0.6, 2500), (0.3, 2700), (0.0, 3200)]
)
def test_the_surer_the_end_the_shorter_the_wait(probability: float, closes: int) -> None:
    done = play(START, STOP, WORDS, Scored(2110, probability))
    assert of(done, CloseTurn) == [(closes, CloseTurn(1, 2000))]


def test_an_eager_client_waits_half_as_long() -> None:
    rules = Rules(patience=Patience(scale=0.5))
    assert of(play(START, STOP, WORDS, Scored(2110, 0.6), rules=rules), Commit)[0][0] == 2250


def test_a_rise_of_the_probability_commits_at_once() -> None:
    done = play(START, STOP, WORDS, Scored(2110, 0.0), Scored(2700, 0.95))
    assert of(done, Commit) == [(2700, Commit(1))]


def test_silence_is_counted_on_what_the_ears_have_listened_to() -> None:
    """Ears that are 200 ms late must not make the silence 200 ms shorter."""
    late = Player(FIXED, lag=200)
    late.play(START, STOP, WORDS)
    assert of(late.done, CloseTurn) == [(2700, CloseTurn(1, 2000))]


def test_a_pause_that_was_only_a_pause_drops_the_draft() -> None:
    again = SpeechStarted(2360, begin=2300)
    stop, words = SpeechStopped(3080, end=3000), Heard(3090, "what time is it there", 3000, True)
    done = play(START, STOP, WORDS, again, stop, words, rules=FIXED)
    assert of(done, Draft, Drop, Commit, OpenTurn) == [
        (1060, OpenTurn(1, 1000)),
        (2100, Draft(1, Cause.USER, "what time is it")),
        (2360, Drop(1)),
        (3090, Draft(2, Cause.USER, "what time is it there")),
        (3500, Commit(2)),
    ]


def test_better_words_make_a_better_draft() -> None:
    partial = Heard(2000, "what time", until=1800)
    done = play(START, partial, STOP, replace(WORDS, at=2300), rules=FIXED)
    assert of(done, Draft, Drop, Commit) == [
        (2090, Draft(1, Cause.USER, "what time")),
        (2300, Drop(1)),
        (2300, Draft(2, Cause.USER, "what time is it")),
        (2500, Commit(2)),
    ]


def test_words_that_differ_only_in_punctuation_keep_the_draft() -> None:
    final = Heard(2300, "What time is it?", until=2000, final=True)
    done = play(START, replace(WORDS, final=False), STOP, final, rules=FIXED)
    assert not of(done, Drop)
    assert of(done, Commit) == [(2500, Commit(1))]


def test_a_due_commit_waits_for_the_final_words_but_not_for_ever() -> None:
    partial = Heard(2000, "what time", until=1800)
    assert of(play(START, partial, STOP, replace(WORDS, at=2700), rules=FIXED), Commit) == [
        (2700, Commit(2))
    ]
    assert of(play(START, partial, STOP, rules=FIXED), Commit) == [(2900, Commit(1))]


def test_final_words_after_the_commit_redraft_under_the_same_commit_while_nothing_is_audible() -> (
    None
):
    partial = Heard(2000, "what time", until=1800)
    late = replace(WORDS, at=3000)
    done = play(START, partial, STOP, late, rules=FIXED)
    assert of(done, Commit) == [(2900, Commit(1)), (3000, Commit(2, instead_of=1))]
    heard = play(START, partial, STOP, ReplyAudible(2950, 1), late, rules=FIXED)
    assert of(heard, Commit) == [(2900, Commit(1))]
    assert of(heard, Transcribe)[-1] == (3000, Transcribe(1, "what time is it", final=True))


def test_speech_without_words_closes_the_turn_unanswered() -> None:
    done = play(START, STOP, Heard(2100, "", until=2000, final=True), rules=FIXED)
    assert of(done, CloseTurn, Draft, Commit) == [(2500, CloseTurn(1, 2000))]


def test_words_that_come_long_after_the_turn_are_answered_still() -> None:
    done = play(START, STOP, replace(WORDS, at=4000), rules=FIXED)
    assert of(done, CloseTurn, Commit) == [(2900, CloseTurn(1, 2000)), (4000, Commit(1))]


def test_ears_that_give_no_words_are_answered_by_silence_alone() -> None:
    rules = Rules(patience=Patience(fixed_ms=500, text_wait_ms=0))
    assert of(play(START, STOP, rules=rules), Draft, Commit) == [
        (2090, Draft(1, Cause.USER, "")),
        (2500, Commit(1)),
    ]


def test_who_goes_on_before_anything_is_audible_reopens_the_turn() -> None:
    again = SpeechStarted(2700, begin=2640)
    done = play(START, STOP, WORDS, again, rules=FIXED)
    assert of(done, OpenTurn, Cancel)[1:] == [
        (2700, OpenTurn(2, 2640, continues=1)),
        (2700, Cancel(1, "turn_detected")),
    ]


def test_after_two_unheard_cancels_the_next_reply_is_put_on_trial() -> None:
    player = Player(FIXED)
    for at in (1000, 3000, 5000):
        player.play(
            SpeechStarted(at, begin=at),
            SpeechStopped(at + 600, end=at + 500),
            Heard(at + 610, f"words {at}", at + 500, True),
            until=at + 1500,
        )
    assert len(of(player.done, Cancel)) == 2
    player.play(SpeechStarted(7000, begin=7000), SpeechStopped(7300, end=7200), until=7400)
    assert len(of(player.done, Cancel)) == 2, "a short noise does not cancel the third one"


def test_no_draft_and_no_reply_when_the_client_creates_them() -> None:
    done = play(START, STOP, WORDS, rules=replace(FIXED, create=False))
    assert of(done, Draft, Commit) == []
    assert of(done, CloseTurn) == [(2500, CloseTurn(1, 2000))]


def test_a_television_is_a_pause_when_no_new_word_comes() -> None:
    words = Heard(1900, "what time is it", until=1800)
    done = play(START, words, Heard(4200, "what time is it", 1800, True), rules=FIXED)
    assert of(done, Settle, CloseTurn, Commit)[:2] == [
        (3900, Settle(1800)),
        (3900, CloseTurn(1, 1800)),
    ]
    assert len(of(done, Commit)) == 1


def test_words_that_reach_further_are_news_though_they_are_the_same() -> None:
    talk = [Heard(at, "la la", until=at - 50) for at in range(1500, 9000, 500)]
    assert not of(play(START, *talk, rules=FIXED), CloseTurn)[0][0] < 10_000


def test_somebody_who_speaks_over_the_television_is_heard() -> None:
    words = Heard(1900, "what time is it", until=1800, final=False)
    more = Heard(6000, "stop it", until=5950)
    done = play(START, words, Heard(4000, "what time is it", 1800, True), more, rules=FIXED)
    assert (6000, OpenTurn(2, 5949, None)) in of(done, OpenTurn) or of(done, Cancel)


def test_an_overlong_turn_is_answered_where_it_stands() -> None:
    rules = replace(FIXED, limits=Limits(turn_max_ms=5000))
    talk = [Heard(at, f"word {at}", until=at - 50) for at in range(1500, 6000, 500)]
    done = play(START, *talk, rules=rules)
    assert of(done, CloseTurn)[0] == (6000, CloseTurn(1, 6000))
    assert of(done, Commit)[0] == (6000, Commit(1))


def test_idle_speaks_up_once_and_again_only_after_the_user_spoke() -> None:
    rules = replace(FIXED, limits=Limits(idle_ms=3000))
    done = play(
        START, STOP, WORDS, ReplyAudible(2600, 1), ReplyFinished(4000, 1),
        ReplyAudible(7100, 2), ReplyFinished(8000, 2), rules=rules,
    )  # fmt: skip
    assert of(done, Idle) == [(7000, Idle(4000, 7000))]
    assert of(done, Draft)[-1] == (7000, Draft(2, Cause.IDLE))


# --- the client ----------------------------------------------------------------------------------


MANUAL = Rules(turns="manual")


def test_a_manual_turn_ignores_the_detector_and_waits_to_be_asked() -> None:
    done = play(
        START, STOP, TurnHandedOver(3000, buffered_ms=2000, ref=7), ReplyAsked(3001, ref=8),
        Heard(3200, "hello", until=2990, final=True), rules=MANUAL,
    )  # fmt: skip
    assert done == [
        (3000, Settle(3000)),
        (3000, CloseTurn(1, 3000, manual=True)),
        (3200, Transcribe(1, "hello", final=True)),
        (3200, Draft(1, Cause.CLIENT, "hello", ref=8)),
        (3200, Commit(1)),
    ]


def test_a_manual_reply_waits_for_words_only_so_long() -> None:
    done = play(TurnHandedOver(3000, buffered_ms=2000), ReplyAsked(3001), rules=MANUAL)
    assert of(done, Commit) == [(3400, Commit(1))]


def test_an_empty_buffer_is_refused() -> None:
    done = play(TurnHandedOver(3000, buffered_ms=99, ref=5), rules=MANUAL)
    assert done == [(3000, Refuse("input_audio_buffer_commit_empty", 5))]


def test_a_client_that_asks_drops_the_draft_and_the_open_turn_is_answered_afterwards() -> None:
    done = play(START, STOP, WORDS, ReplyAsked(2200, ref=1), ReplyFinished(4000, 2), rules=FIXED)
    assert of(done, Draft, Drop, Commit) == [
        (2100, Draft(1, Cause.USER, "what time is it")),
        (2200, Drop(1)),
        (2200, Draft(2, Cause.CLIENT, "", ref=1)),
        (2200, Commit(2)),
        (4000, Draft(3, Cause.USER, "what time is it")),
        (4000, Commit(3)),
    ]


def test_a_second_request_is_refused_while_a_response_is_active_but_a_draft_is_not_active() -> None:
    done = play(ReplyAsked(1000, 1), ReplyAsked(1100, 2))
    assert of(done, Refuse) == [(1100, Refuse("conversation_already_has_active_response", 2))]
    assert not of(play(START, STOP, WORDS, ReplyAsked(2200), rules=FIXED), Refuse)


def test_cancel_is_refused_only_if_nothing_is_active_or_owed() -> None:
    assert of(play(CancelAsked(1000, 4)), Refuse) == [
        (1000, Refuse("response_cancel_not_active", 4))
    ]
    done = play(ReplyAsked(1000), CancelAsked(1500))
    assert of(done, Cancel, Refuse) == [(1500, Cancel(1, "client_cancelled"))]
    owed = play(TurnHandedOver(900, 500), ReplyAsked(1000), CancelAsked(1100), rules=MANUAL)
    assert of(owed, Refuse, Commit, Cancel) == [
        (1100, Commit(1)),
        (1100, Cancel(1, "client_cancelled")),
    ], "it was waiting for words: whoever asked for it hears of it, and of its end"


def test_clearing_forgets_the_open_turn_and_its_draft() -> None:
    done = play(START, STOP, WORDS, TurnCleared(2200), rules=FIXED)
    assert of(done, Drop, ForgetTurn, CloseTurn) == [(2200, Drop(1)), (2200, ForgetTurn(1))]


def test_a_client_may_end_a_spoken_turn_itself_and_that_is_not_answered() -> None:
    done = play(START, TurnHandedOver(1800, 800), Heard(1900, "hi", 1800, True), rules=FIXED)
    assert of(done, CloseTurn, Commit) == [(1800, CloseTurn(1, 1800))]


def test_turning_detection_off_in_mid_speech_leaves_the_turn_to_the_client() -> None:
    player = Player(FIXED)
    done = player.play(START, RulesChanged(1500, MANUAL), STOP, TurnHandedOver(3000, 2000))
    assert of(done, OpenTurn, CloseTurn) == [
        (1060, OpenTurn(1, 1000)),
        (3000, CloseTurn(1, 3000, manual=True)),
    ]
    assert player.turn.user is User.QUIET


def test_turning_detection_on_again_closes_what_was_left_open() -> None:
    player = Player(FIXED)
    done = player.play(START, RulesChanged(1500, MANUAL), RulesChanged(2500, FIXED))
    assert len(of(done, CloseTurn)) == 1


def test_failing_ears_lose_the_turn_and_say_so() -> None:
    done = play(START, EarsFailed(1500, "crashed"), rules=FIXED)
    assert of(done, CloseTurn, Draft, Commit) == [
        (1500, CloseTurn(1, 1500)),
        (1500, Draft(1, Cause.APOLOGY)),
        (1500, Commit(1)),
    ]


def test_failing_ears_are_no_matter_while_nobody_speaks() -> None:
    assert play(EarsFailed(1500, "crashed")) == []


def test_time_never_falls() -> None:
    player = Player()
    player.play(Tick(5000, 5000), until=5000)
    player._do(SpeechStarted(3000, begin=2900))
    assert player.turn.at == 5000
