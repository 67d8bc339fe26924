"""What must hold for any order of events."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.turn.script import Player
from voiceagent import events as e
from voiceagent.rules import Limits, Overlap, Patience, Rules
from voiceagent.turn import Stage, Turn, User

RULES = (
    Rules(),
    Rules(patience=Patience(fixed_ms=200)),
    Rules(patience=Patience(text_wait_ms=0), limits=Limits(idle_ms=1500, idle_times=2)),
    Rules(interrupt=False),
    Rules(create=False),
    Rules(overlap=Overlap(backchannels=False)),
    Rules(limits=Limits(turn_max_ms=2000, wordless_ms=700)),
    Rules(turns="manual"),
)
replies = st.integers(1, 4)
calls = st.sampled_from(["a", "b"])
words = st.sampled_from(["", "yes", "what time", "what time is it"])


def at(kind: Any, **fields: Any) -> Any:
    """A strategy for events of a kind, made from the time at which they come."""
    return st.fixed_dictionaries(fields).map(lambda kw: lambda t: kind(t, **kw))


def spread(t: int, back: int) -> int:
    return max(0, t - back)


back = st.integers(0, 300)
happenings = st.one_of(
    at(e.SpeechLikely),
    back.map(lambda b: lambda t: e.SpeechStarted(t, spread(t, b))),
    back.map(lambda b: lambda t: e.SpeechStopped(t, spread(t, b))),
    st.tuples(words, back, st.booleans()).map(
        lambda w: lambda t: e.Heard(t, w[0], spread(t, w[1]), w[2])
    ),
    at(e.Scored, probability=st.sampled_from([0.0, 0.5, 1.0])),
    at(
        e.Judged,
        verdict=st.sampled_from(["interruption", "backchannel", "noise"]),
        assent=st.booleans(),
    ),
    at(e.EarsFailed, error=st.just("x")),
    at(e.Stalled),
    at(e.ReplyAudible, reply=replies),
    at(e.ReplyFinished, reply=replies),
    at(e.ReplyFailed, reply=replies, error=st.just("x")),
    at(
        e.ToolAsked,
        reply=replies,
        call=calls,
        effects=st.sampled_from(["none", "reversible", "final"]),
    ),
    at(e.ToolFinished, call=calls, told=st.booleans()),
    at(e.TurnHandedOver, buffered_ms=st.sampled_from([0, 500])),
    at(e.TurnCleared),
    at(e.ReplyAsked, cause=st.sampled_from([e.Cause.CLIENT, e.Cause.GREETING])),
    at(e.CancelAsked),
    at(e.Truncated, reply=replies),
    at(e.RulesChanged, rules=st.sampled_from(RULES)),
    at(e.LinkLost),
    at(e.LinkBack),
)


@st.composite
def scripts(draw: st.DrawFn) -> list[e.Event]:
    now, script = 0, []
    for happening in draw(st.lists(happenings, max_size=14)):
        now += draw(st.integers(0, 900))
        script.append(happening(now))
    return script


def played(script: list[e.Event], rules: Rules, lag: int = 0, **how: Any) -> Player:
    player = Player(rules, lag, **how)
    player.play(*script, until=(script[-1].at if script else 0) + 3000)
    return player


@given(scripts(), st.sampled_from(RULES), st.sampled_from([0, 130]))
def test_deadline_agrees_with_a_tick_every_millisecond(
    script: list[e.Event], rules: Rules, lag: int
) -> None:
    assert played(script, rules, lag).done == played(script, rules, lag, every_ms=True).done


@given(scripts(), st.sampled_from(RULES))
def test_there_are_never_two_living_replies_and_the_dead_stay_dead(
    script: list[e.Event], rules: Rules
) -> None:
    living: int | None = None
    newest = 0
    committed: set[int] = set()
    for entry in played(script, rules).log:
        match entry:
            case e.Draft(reply=reply):
                assert reply > newest, "an id is used twice"
                assert living is None or living in committed, "a draft takes the place of a draft"
                newest = reply
            case e.Commit(reply=reply, instead_of=old):
                assert reply == newest, "what is committed is the newest draft"
                assert living == old, "a reply is started over a living one"
                committed.add(reply)
                living = reply
            case e.Drop(reply=reply):
                assert reply == newest
                assert reply not in committed
            case e.Cancel(reply=reply) | e.ReplyFinished(reply=reply) if reply == living:
                living = None
            case e.ReplyFinished():
                pass
            case e.Cancel() | e.Duck() | e.Hold() | e.Resume() | e.Fill() | e.Apologise():
                assert entry.reply == living, "a dead reply acts"
            case e.RunTool(reply=reply):
                assert reply in (living, newest)


@given(scripts(), st.sampled_from(RULES))
def test_a_turn_is_opened_before_it_is_closed_and_closed_once(
    script: list[e.Event], rules: Rules
) -> None:
    open_: int | None = None
    done: set[int] = set()
    for _, action in played(script, rules).done:
        match action:
            case e.OpenTurn(turn=turn):
                assert open_ is None
                assert turn not in done
                open_ = turn
            case e.CloseTurn(turn=turn, manual=manual):
                assert open_ == turn or (manual and open_ is None)
                assert turn not in done
                done.add(turn)
                open_ = None
            case e.ForgetTurn(turn=turn) if turn is not None:
                assert open_ == turn
                open_ = None
            case e.Transcribe(turn=turn):
                assert turn in (done | {open_})


@given(scripts(), st.sampled_from(RULES))
def test_the_state_is_always_a_legal_one(script: list[e.Event], rules: Rules) -> None:
    player = Player(rules)
    for event in script:
        player.play(event, until=event.at)
        legal(player.turn, player.rules)


def legal(turn: Turn, rules: Rules) -> None:
    if turn.user is not User.QUIET:
        assert turn.speech is not None
        assert rules.turns == "auto"
    if turn.user is User.PAUSING:
        assert turn.speech is not None
        assert turn.speech.end is not None
    if turn.speech is not None and turn.speech.trial is None:
        assert turn.speech.open or turn.user is not User.QUIET
    if turn.reply is not None and turn.reply.stage is Stage.DRAFT:
        assert not turn.reply.held
    if turn.speech is not None and turn.speech.trial is not None:
        assert rules.interrupt
    assert turn.listened <= turn.at


@given(scripts(), st.sampled_from(RULES))
def test_from_every_state_the_user_can_talk_the_agent_quiet_and_be_answered(
    script: list[e.Event], rules: Rules
) -> None:
    player = played(script, rules)
    sane = Rules(patience=Patience(fixed_ms=500))
    now = player.turn.at + 100
    before = len(player.done)
    player.play(
        e.RulesChanged(now, sane),
        e.SpeechStopped(now + 700, now + 600),
        until=now + 800,
    )
    said = now + 1000
    player.play(
        e.SpeechStarted(said, said),
        e.Heard(said + 900, "are you there", said + 880),
        e.SpeechStopped(said + 1600, said + 1500),
        e.Heard(said + 1610, "are you there", said + 1500, True),
        until=said + 2400,
    )
    answered = [
        action
        for _, action in player.done[before:]
        if isinstance(action, e.Draft) and "are you there" in action.basis
    ]
    assert answered
    assert player.turn.reply is not None
    assert player.turn.reply.id == answered[-1].reply
    assert player.turn.reply.stage is Stage.COMMITTED
    assert player.turn.user is User.QUIET
