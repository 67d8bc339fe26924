"""The session object: read in part, refused by path, shown whole, and what it means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from voiceagent.errors import Refused
from voiceagent.parts import Manner, ToolSpec, Tune
from voiceagent.rules import Patience, Rules
from voiceagent.style import Style
from voiceagent.wire.settings import (
    BETA,
    PRIVATE,
    Settings,
    manner_of,
    rules_of,
    show,
    tune_of,
    update,
)

TELL = {
    "type": "function",
    "name": "tell",
    "description": "Tells.",
    "parameters": {"type": "object"},
}
SET: dict[str, Any] = {
    "type": "realtime",
    "model": "mine",
    "instructions": "Be kind.",
    "output_modalities": ["text"],
    "tools": [TELL],
    "tool_choice": {"type": "function", "name": "tell"},
    "max_output_tokens": 9,
    "parallel_tool_calls": False,
    "tracing": "auto",
    "truncation": "disabled",
    "include": ["item.input_audio_transcription.logprobs"],
    "prompt": {"id": "pmpt_1"},
    "reasoning": {"effort": "low"},
    "audio": {
        "input": {
            "format": {"type": "audio/pcmu"},
            "transcription": {"model": "any", "language": "en", "prompt": "coffee"},
            "noise_reduction": {"type": "near_field"},
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.7,
                "prefix_padding_ms": 100,
                "silence_duration_ms": 250,
                "idle_timeout_ms": 6_000,
                "create_response": False,
                "interrupt_response": False,
            },
        },
        "output": {"format": {"type": "audio/pcma"}, "voice": "marin", "speed": 1.25},
    },
    "voiceagent": {
        "events": ["turn", "hold"],
        "style": {"emotion": "happy", "pace": 1.2, "melody": "twinkle", "bpm": 90},
        "strict_style": True,
    },
}


def shown(settings: Settings) -> dict[str, Any]:
    return show(settings, "sess_1", 7)


def put(path: str, value: Any) -> dict[str, Any]:
    head, _, rest = path.partition(".")
    return {head: put(rest, value) if rest else value}


def get(data: Any, path: str) -> Any:
    for key in path.split("."):
        data = data[key]
    return data


# --- reading and showing -------------------------------------------------------------------------


def test_everything_that_is_set_is_shown() -> None:
    found = shown(update(Settings(), SET))
    ours = found.pop("voiceagent")
    assert ours["style"].items() >= SET["voiceagent"]["style"].items()
    assert ours["strict_style"] is True
    expected = {key: value for key, value in SET.items() if key != "voiceagent"}
    assert {key: found[key] for key in expected} == expected
    assert found.keys() - expected.keys() == {"object", "id", "expires_at"}


def test_what_is_not_named_stays() -> None:
    settings = update(Settings(), SET)
    partials: tuple[dict[str, Any], ...] = (
        {},
        {"type": "realtime"},
        {"audio": {}},
        {"audio": None},
        {"audio": {"input": None, "output": {}}},
        {"audio": {"input": {"format": None}, "output": {"voice": None, "speed": None}}},
        {"model": None, "output_modalities": None, "tool_choice": None},
        {"voiceagent": None},
    )
    for partial in partials:
        assert shown(update(settings, partial)) == shown(settings), partial


def test_one_field_changes_alone() -> None:
    settings = update(Settings(), SET)
    before, after = shown(settings), shown(update(settings, put("audio.output.speed", 0.5)))
    assert after["audio"]["output"].pop("speed") == 0.5
    before["audio"]["output"].pop("speed")
    assert after == before


@pytest.mark.parametrize(
    ("path", "value", "cleared"),
    [
        ("instructions", "", ""),
        ("instructions", None, ""),
        ("tools", [], []),
        ("tools", None, []),
        ("max_output_tokens", None, "inf"),
        ("max_output_tokens", "inf", "inf"),
        ("tracing", None, None),
        ("prompt", None, None),
        ("include", None, None),
        ("audio.input.transcription", None, None),
        ("audio.input.noise_reduction", None, None),
        ("audio.input.turn_detection", None, None),
        ("audio.output.voice", "", "default"),
        ("voiceagent.events", [], []),
        ("voiceagent.style", None, {**shown(Settings())["voiceagent"]["style"]}),
    ],
)
def test_null_and_nothing_clear(path: str, value: Any, cleared: Any) -> None:
    assert get(shown(update(update(Settings(), SET), put(path, value))), path) == cleared


@pytest.mark.parametrize(
    ("path", "value", "as_shown"),
    [
        ("audio.input.format", {"type": "audio/pcm"}, {"type": "audio/pcm", "rate": 24_000}),
        (
            "audio.input.format",
            {"type": "audio/pcm", "rate": None},
            {"type": "audio/pcm", "rate": 24_000},
        ),
        ("audio.output.voice", {"id": "voice_1"}, "voice_1"),
        ("audio.output.speed", 0.25, 0.25),
        ("audio.output.speed", 1.5, 1.5),
        ("max_output_tokens", 1, 1),
        ("max_output_tokens", 4096, 4096),
        ("tool_choice", "none", "none"),
        (
            "audio.input.turn_detection",
            {"type": "semantic_vad", "eagerness": "low", "create_response": None},
            {
                "type": "semantic_vad",
                "create_response": True,
                "interrupt_response": True,
                "eagerness": "low",
            },
        ),
        (
            "audio.input.turn_detection",
            {"type": "server_vad"},
            {
                "type": "server_vad",
                "create_response": True,
                "interrupt_response": True,
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 500,
                "idle_timeout_ms": None,
            },
        ),
    ],
)
def test_values_are_shown_in_full(path: str, value: Any, as_shown: Any) -> None:
    assert get(shown(update(Settings(), put(path, value))), path) == as_shown


@pytest.mark.parametrize(
    ("path", "value", "code", "param"),
    [
        ("type", "transcription", "invalid_value", "session.type"),
        ("type", "other", "invalid_value", "session.type"),
        ("type", 5, "invalid_value", "session.type"),
        ("instructions", 5, "invalid_type", "session.instructions"),
        ("instructions", "x" * 1_000_001, "invalid_value", "session.instructions"),
        ("model", 5, "invalid_type", "session.model"),
        ("output_modalities", "text", "invalid_type", "session.output_modalities"),
        ("output_modalities", [], "invalid_value", "session.output_modalities"),
        ("output_modalities", ["audio", "text"], "invalid_value", "session.output_modalities"),
        ("output_modalities", ["video"], "invalid_value", "session.output_modalities"),
        ("max_output_tokens", 0, "invalid_value", "session.max_output_tokens"),
        ("max_output_tokens", 4097, "invalid_value", "session.max_output_tokens"),
        ("max_output_tokens", True, "invalid_type", "session.max_output_tokens"),
        ("max_output_tokens", "many", "invalid_type", "session.max_output_tokens"),
        ("parallel_tool_calls", 1, "invalid_type", "session.parallel_tool_calls"),
        ("tools", {"a": 1}, "invalid_type", "session.tools"),
        ("tools", [TELL] * 129, "invalid_value", "session.tools"),
        ("tools", [TELL, TELL], "invalid_value", "session.tools[1].name"),
        ("tools", [5], "invalid_type", "session.tools[0]"),
        ("tools", [{"type": "mcp"}], "invalid_value", "session.tools[0].type"),
        ("tools", [{"type": "web_search"}], "invalid_value", "session.tools[0].type"),
        ("tools", [{}], "missing_required_parameter", "session.tools[0].name"),
        ("tools", [{"name": "x" * 65}], "invalid_value", "session.tools[0].name"),
        ("tools", [{"name": "x", "parameters": []}, 5], "invalid_type", "session.tools[1]"),
        (
            "tools",
            [{"name": "x", "parameters": "y"}],
            "invalid_type",
            "session.tools[0].parameters",
        ),
        (
            "tools",
            [{"name": "x", "voiceagent": {"effects": "grave"}}],
            "invalid_value",
            "session.tools[0].voiceagent.effects",
        ),
        ("tool_choice", "maybe", "invalid_value", "session.tool_choice"),
        ("tool_choice", 5, "invalid_value", "session.tool_choice"),
        (
            "tool_choice",
            {"type": "function"},
            "missing_required_parameter",
            "session.tool_choice.name",
        ),
        ("tool_choice", {"type": "mcp"}, "invalid_value", "session.tool_choice.type"),
        ("audio", 5, "invalid_type", "session.audio"),
        ("audio.input", 5, "invalid_type", "session.audio.input"),
        ("audio.input.format", "pcm16", "invalid_type", "session.audio.input.format"),
        ("audio.input.format", {}, "missing_required_parameter", "session.audio.input.format.type"),
        (
            "audio.input.format",
            {"type": "audio/opus"},
            "invalid_value",
            "session.audio.input.format.type",
        ),
        (
            "audio.input.format",
            {"type": "audio/pcm", "rate": 16_000},
            "invalid_value",
            "session.audio.input.format.rate",
        ),
        (
            "audio.input.transcription",
            "whisper-1",
            "invalid_type",
            "session.audio.input.transcription",
        ),
        (
            "audio.input.noise_reduction",
            True,
            "invalid_type",
            "session.audio.input.noise_reduction",
        ),
        (
            "audio.input.turn_detection",
            "none",
            "invalid_type",
            "session.audio.input.turn_detection",
        ),
        (
            "audio.input.turn_detection",
            {"threshold": 0.5},
            "missing_required_parameter",
            "session.audio.input.turn_detection.type",
        ),
        (
            "audio.input.turn_detection",
            {"type": "none"},
            "invalid_value",
            "session.audio.input.turn_detection.type",
        ),
        *(
            (
                "audio.input.turn_detection",
                {"type": kind, key: value},
                code,
                f"session.audio.input.turn_detection.{key}",
            )
            for kind, key, value, code in (
                ("server_vad", "threshold", 1.1, "invalid_value"),
                ("server_vad", "threshold", "high", "invalid_type"),
                ("server_vad", "silence_duration_ms", -1, "invalid_value"),
                ("server_vad", "silence_duration_ms", 0.5, "invalid_type"),
                ("server_vad", "prefix_padding_ms", -1, "invalid_value"),
                ("server_vad", "idle_timeout_ms", 5, "invalid_value"),
                ("server_vad", "create_response", "yes", "invalid_type"),
                ("semantic_vad", "interrupt_response", 0, "invalid_type"),
                ("semantic_vad", "eagerness", "wild", "invalid_value"),
            )
        ),
        (
            "audio.output.format",
            {"type": "mp3"},
            "invalid_value",
            "session.audio.output.format.type",
        ),
        ("audio.output.voice", 5, "invalid_type", "session.audio.output.voice"),
        ("audio.output.speed", 0.1, "invalid_value", "session.audio.output.speed"),
        ("audio.output.speed", 1.6, "invalid_value", "session.audio.output.speed"),
        ("voiceagent", [], "invalid_type", "session.voiceagent"),
        ("voiceagent.events", ["gossip"], "invalid_value", "session.voiceagent.events"),
        ("voiceagent.events", "turn", "invalid_type", "session.voiceagent.events"),
        (
            "voiceagent.style",
            {"emotion": "hungry"},
            "invalid_value",
            "session.voiceagent.style.emotion",
        ),
        ("voiceagent.style", {"colour": "red"}, "invalid_value", "session.voiceagent.style.colour"),
        ("voiceagent.style", {"pace": 9}, "invalid_value", "session.voiceagent.style.pace"),
        ("voiceagent.style", {"bpm": 19}, "invalid_value", "session.voiceagent.style.bpm"),
        ("voiceagent.style", {"bpm": "x"}, "invalid_value", "session.voiceagent.style.bpm"),
        ("voiceagent.style", {"melody": 1}, "invalid_value", "session.voiceagent.style.melody"),
        (
            "voiceagent.style",
            {"melody": "x" * 40_001},
            "invalid_value",
            "session.voiceagent.style.melody",
        ),
        ("voiceagent.strict_style", 1, "invalid_type", "session.voiceagent.strict_style"),
        *((key, None, "unknown_parameter", f"session.{key}") for key in BETA),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_is_refused_by_its_path_and_code(
    path: str, value: Any, code: str, param: str
) -> None:
    with pytest.raises(Refused) as refused:
        update(Settings(), {"instructions": "new", **put(path, value)})
    assert (refused.value.code, refused.value.param) == (code, param)
    assert len(str(refused.value)) < 500


def test_a_session_that_is_no_object_is_refused() -> None:
    with pytest.raises(Refused):
        update(Settings(), ["a"])


# --- what it means -------------------------------------------------------------------------------


def detected(value: Any) -> Rules:
    base = Rules(patience=Patience(scale=1.5))
    return rules_of(update(Settings(), put("audio.input.turn_detection", value)), base)


def test_semantic_detection_is_graded_patience_scaled_by_eagerness() -> None:
    scales = {
        eagerness: detected({"type": "semantic_vad", "eagerness": eagerness}).patience.scale
        for eagerness in ("low", "medium", "auto", "high")
    }
    assert scales == {"low": 3.0, "medium": 1.5, "auto": 1.5, "high": 0.75}
    assert detected({"type": "semantic_vad"}).patience.fixed_ms is None
    assert rules_of(Settings(), Rules()) == Rules()


def test_server_detection_obeys_its_silence_exactly() -> None:
    rules = detected({"type": "server_vad", "silence_duration_ms": 250, "idle_timeout_ms": 6_000})
    assert rules.patience.fixed_ms == 250
    assert rules.limits.idle_ms == 6_000
    assert detected({"type": "server_vad"}).patience.fixed_ms == 500
    assert detected({"type": "server_vad"}).limits.idle_ms is None


def test_no_detection_means_manual_turns() -> None:
    assert detected(None).turns == "manual"
    assert detected({"type": "server_vad"}).turns == "auto"


@pytest.mark.parametrize("type", ["server_vad", "semantic_vad"])
def test_answers_and_interruptions_may_be_switched_off(type: str) -> None:
    rules = detected({"type": type, "create_response": False, "interrupt_response": False})
    assert (rules.create, rules.interrupt) == (False, False)
    rules = detected({"type": type})
    assert (rules.create, rules.interrupt) == (True, True)


def test_the_manner_of_replies_is_what_was_set() -> None:
    own, old = ToolSpec("clock", own=True), ToolSpec("old")
    manner = manner_of(update(Settings(), SET), Manner(instructions="Profile.", tools=(own, old)))
    assert manner.instructions == "Be kind."
    assert [tool.name for tool in manner.tools] == ["clock", "tell"]
    assert (manner.tool_choice, manner.max_tokens, manner.modality) == ("tell", 9, "text")
    assert (manner.voice, manner.parallel_tools) == ("marin", False)
    assert manner.style.emotion == "happy"
    assert manner.style.pace == pytest.approx(1.2 * 1.25), "speed multiplies the pace"


def test_instructions_that_were_cleared_are_no_instructions() -> None:
    cleared = update(Settings(), {"instructions": ""})
    assert manner_of(cleared, Manner(instructions="Profile.")).instructions == ""


def test_the_pace_stays_what_a_style_may_hold() -> None:
    fast = {"voiceagent": {"style": {"pace": 4.0}}, "audio": {"output": {"speed": 1.5}}}
    assert manner_of(update(Settings(), fast), Manner()).style == Style(pace=4.0)


def test_the_ears_are_tuned_to_threshold_language_and_prompt() -> None:
    assert tune_of(update(Settings(), SET)) == Tune(0.7, "en", "coffee", ("tell",))
    assert tune_of(Settings()) == Tune(None, None, "")
    odd = put("audio.input.transcription", {"language": 5, "prompt": ["x"]})
    assert tune_of(update(Settings(), odd)) == Tune(None, None, "")


def test_the_ears_are_told_the_phrases_of_tools_and_instructions() -> None:
    dice = {**TELL, "name": "dice", "voiceagent": {"phrases": ["roll the dice"]}}
    asked = update(Settings(), {"tools": [dice], "instructions": 'Obey "give up".'})
    own = ToolSpec("clock", own=True, phrases=("what time is it",))
    tune = tune_of(asked, [own])
    assert tune.phrases == ("what time is it", "roll the dice", "clock", "dice", "give up")
    assert show(asked, "x", 0)["tools"][0]["voiceagent"] == {"phrases": ["roll the dice"]}


def test_private_events_are_those_of_the_protocol_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()
    assert all(f"`{name}`" in page for name in PRIVATE)
