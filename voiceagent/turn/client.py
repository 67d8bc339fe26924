"""The client's hand on the user's turn, the rules and the link."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.events import (
    Action,
    Cause,
    ForgetTurn,
    LinkLost,
    Refuse,
    RulesChanged,
    Settle,
    TurnCleared,
    TurnHandedOver,
)
from voiceagent.rules import Rules
from voiceagent.turn.replies import cancel, drop, resume
from voiceagent.turn.speech import close, forget, open_turn
from voiceagent.turn.state import Moved, Speech, Turn, User, on_trial

LEAST_TURN_MS = 100  # the protocol's: a shorter buffer is refused


def handed_over(turn: Turn, event: TurnHandedOver, rules: Rules) -> Moved:
    """The client ends the turn. That alone is never answered."""
    if event.buffered_ms < LEAST_TURN_MS:
        return turn, [Refuse("input_audio_buffer_commit_empty", event.ref)]
    actions: list[Action] = []
    manual = rules.turns == "manual"
    if turn.speech is None:
        where = max(0, turn.listened - event.buffered_ms)
        speech = Speech(turn.turns + 1, where, open=True)
        turn = replace(turn, turns=speech.turn, speech=speech)
        manual = True
    else:
        turn, actions = drop(turn)
        turn, opened = open_turn(turn)
        turn, resumed = resume(turn)
        actions += opened + resumed
    assert turn.speech is not None
    words = replace(turn.speech.words, final=False)
    turn = replace(turn, speech=replace(turn.speech, words=words))
    turn, closing = close(turn, turn.listened, rules, manual, answer=False)
    return turn, [*actions, Settle(turn.listened), *closing]


def cleared(turn: Turn, event: TurnCleared) -> Moved:
    turn, actions = drop(turn)
    turn, resumed = resume(turn) if on_trial(turn.speech) else (turn, [])
    open_ = turn.speech.turn if turn.speech is not None and turn.speech.open else None
    turn = replace(turn, user=User.QUIET, speech=None)
    return turn, [*actions, *resumed, ForgetTurn(open_)]


def rules_changed(turn: Turn, event: RulesChanged) -> Moved:
    """Bring the state to one that the new rules could have reached."""
    rules = event.rules
    actions: list[Action] = []
    if rules.turns == "manual" or not rules.create:
        turn, actions = drop(turn)
    if on_trial(turn.speech) and rules.turns == "manual":
        turn, forgotten = forget(turn)
        actions += forgotten
    elif on_trial(turn.speech) and not rules.interrupt:
        turn, opened = open_turn(turn)
        turn, resumed = resume(turn)
        actions += opened + resumed
    if rules.turns == "manual":
        turn = replace(turn, user=User.QUIET)
    elif turn.speech is not None and turn.user is User.QUIET:
        turn = replace(turn, user=User.PAUSING, speech=replace(turn.speech, end=turn.listened))
    if not rules.create:
        turn = replace(turn, owed=tuple(o for o in turn.owed if o.cause is not Cause.USER))
    return turn, actions


def link_lost(turn: Turn, event: LinkLost) -> Moved:
    actions: list[Action] = []
    if turn.reply is not None:
        turn, actions = cancel(turn, "link_lost")
    if turn.speech is not None:
        actions.append(ForgetTurn(turn.speech.turn if turn.speech.open else None))
    return replace(turn, user=User.QUIET, speech=None, owed=(), voiced=False), actions
