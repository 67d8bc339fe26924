"""The session object of the protocol: what a client may set, and what that means for us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from voiceagent.events import Effects
from voiceagent.parts import Manner, ToolSpec, Tune
from voiceagent.rules import Rules
from voiceagent.style import Style, faster, read_style
from voiceagent.wire import checks
from voiceagent.wire.phrases import phrases_of, read_phrases

FORMATS = ("audio/pcm", "audio/pcmu", "audio/pcma")
PCM_RATE = 24_000
PRIVATE = ("emotion", "style", "turn", "latency", "playback", "hold")
EAGERNESS = {"low": 2.0, "medium": 1.0, "auto": 1.0, "high": 0.5}
PREFIX_MS = 300
SILENCE_MS = 500
ECHOED = ("tracing", "truncation", "include", "prompt", "reasoning")
BETA = {
    "modalities": "output_modalities",
    "voice": "audio.output.voice",
    "speed": "audio.output.speed",
    "input_audio_format": "audio.input.format",
    "output_audio_format": "audio.output.format",
    "input_audio_transcription": "audio.input.transcription",
    "input_audio_noise_reduction": "audio.input.noise_reduction",
    "turn_detection": "audio.input.turn_detection",
    "max_response_output_tokens": "max_output_tokens",
    "temperature": "nothing: it was removed",
}


@dataclass(frozen=True, slots=True)
class Detection:
    """Who ends the user's turns. `silence_ms` None: graded patience decides."""

    type: str = "semantic_vad"
    create: bool = True
    interrupt: bool = True
    eagerness: str = "auto"
    silence_ms: int | None = None
    threshold: float = 0.5
    prefix_ms: int = PREFIX_MS
    idle_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Input:
    format: str = "audio/pcm"
    transcription: Mapping[str, Any] | None = None
    noise_reduction: Mapping[str, Any] | None = None
    detection: Detection | None = Detection()


@dataclass(frozen=True, slots=True)
class Sound:
    format: str = "audio/pcm"
    voice: str = ""
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Extension:
    """Our own part, under the key `voiceagent`: private events opted in, and the style of the
    voice. `strict`: what it cannot do is refused. `emotion`: whether how the user feels is read.
    """

    events: tuple[str, ...] = ()
    style: Style = field(default_factory=Style)
    strict: bool = False
    emotion: bool = True


@dataclass(frozen=True, slots=True)
class Thinking:
    instructions: str = ""
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: str | Mapping[str, Any] = "auto"
    max_tokens: int | None = None
    parallel_tools: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    model: str = "voiceagent"
    modality: str = "audio"
    input: Input = Input()
    output: Sound = Sound()
    thinking: Thinking = Thinking()
    ours: Extension = field(default_factory=Extension)
    echoed: Mapping[str, Any] = field(default_factory=dict)


# --- reading ------------------------------------------------------------------------------------


def update(settings: Settings, value: Any, path: str = "session") -> Settings:
    """Lay a partial session object over the settings; refuse it whole if anything is wrong."""
    data = checks.mapping(value, path)
    refuse_other_kinds(data, path)
    audio = checks.mapping(data.get("audio") or {}, f"{path}.audio")
    settings = replace(
        settings,
        input=read_input(settings.input, audio.get("input"), f"{path}.audio.input"),
        output=read_sound(settings.output, audio.get("output"), f"{path}.audio.output"),
        thinking=read_thinking(settings.thinking, data, path),
        ours=read_extension(settings.ours, data.get("voiceagent"), f"{path}.voiceagent"),
        echoed={**settings.echoed, **read_echoed(data, path)},
    )
    if data.get("model") is not None:
        settings = replace(settings, model=checks.text(data["model"], f"{path}.model", 256))
    if data.get("output_modalities") is not None:
        settings = replace(settings, modality=read_modality(data, path))
    return settings


def refuse_other_kinds(data: checks.Data, path: str) -> None:
    kind = data.get("type", "realtime")
    if kind == "transcription":
        message = (
            "Transcription-only sessions are not supported. "
            "Use type 'realtime' with audio.input.transcription."
        )
        raise checks.refuse(f"{path}.type", message)
    checks.choice(kind, f"{path}.type", ("realtime",))
    refuse_beta(data, path)


def refuse_beta(data: checks.Data, path: str) -> None:
    for key, now in BETA.items():
        if key in data:
            message = (
                f"'{path}.{key}' is the shape of the beta API. In the current one it is {now}."
            )
            raise checks.refuse(f"{path}.{key}", message, "unknown_parameter")


def read_echoed(data: checks.Data, path: str) -> dict[str, Any]:
    """What means nothing here, and is said back."""
    return {key: checks.plain(data[key], f"{path}.{key}") for key in ECHOED if key in data}


def read_modality(data: checks.Data, path: str) -> str:
    full = f"{path}.output_modalities"
    given = checks.items(data["output_modalities"], full, 2)
    if list(given) not in (["audio"], ["text"]):
        raise checks.refuse(full, f"'{full}' must be either ['audio'] or ['text'].")
    return str(given[0])


def read_format(value: Any, path: str) -> str:
    data = checks.mapping(value, path)
    kind = checks.choice(checks.required(data, "type", path), f"{path}.type", FORMATS)
    if kind == "audio/pcm" and data.get("rate") not in (None, PCM_RATE):
        message = f"'{path}.rate' must be {PCM_RATE}, got {checks.quoted(data['rate'])}."
        raise checks.refuse(f"{path}.rate", message)
    return kind


def read_input(now: Input, value: Any, path: str) -> Input:
    if value is None:
        return now
    data = checks.mapping(value, path)
    if data.get("format") is not None:
        now = replace(now, format=read_format(data["format"], f"{path}.format"))
    for key in ("transcription", "noise_reduction"):
        if key in data:
            given = checks.plain(data[key], f"{path}.{key}")
            shaped = None if given is None else dict(checks.mapping(given, f"{path}.{key}"))
            now = replace(now, **{key: shaped})  # type: ignore[arg-type]
    if "turn_detection" in data:
        shaped_detection = read_detection(data["turn_detection"], f"{path}.turn_detection")
        now = replace(now, detection=shaped_detection)
    return now


def read_detection(value: Any, path: str) -> Detection | None:
    if value is None:
        return None
    data = checks.mapping(value, path)
    kinds = ("server_vad", "semantic_vad")
    kind = checks.choice(checks.required(data, "type", path), f"{path}.type", kinds)

    def given(key: str, default: Any) -> Any:
        return default if data.get(key) is None else data[key]

    found = Detection(
        kind,
        checks.boolean(given("create_response", True), f"{path}.create_response"),
        checks.boolean(given("interrupt_response", True), f"{path}.interrupt_response"),
    )
    if kind == "semantic_vad":
        eagerness = checks.choice(given("eagerness", "auto"), f"{path}.eagerness", tuple(EAGERNESS))
        return replace(found, eagerness=eagerness)
    silence = given("silence_duration_ms", SILENCE_MS)
    idle = data.get("idle_timeout_ms")
    prefix = given("prefix_padding_ms", PREFIX_MS)
    return replace(
        found,
        silence_ms=checks.integer(silence, f"{path}.silence_duration_ms", 0, 60_000),
        threshold=checks.number(given("threshold", 0.5), f"{path}.threshold", 0, 1),
        prefix_ms=checks.integer(prefix, f"{path}.prefix_padding_ms", 0, 60_000),
        idle_ms=None
        if idle is None
        else checks.integer(idle, f"{path}.idle_timeout_ms", 100, 3_600_000),
    )


def read_sound(now: Sound, value: Any, path: str) -> Sound:
    if value is None:
        return now
    data = checks.mapping(value, path)
    if data.get("format") is not None:
        now = replace(now, format=read_format(data["format"], f"{path}.format"))
    if data.get("voice") is not None:
        voice = data["voice"]
        named = voice.get("id") if isinstance(voice, Mapping) else voice
        now = replace(now, voice=checks.text(named, f"{path}.voice", 256))
    if data.get("speed") is not None:
        now = replace(now, speed=checks.number(data["speed"], f"{path}.speed", 0.25, 1.5))
    return now


def read_thinking(now: Thinking, data: checks.Data, path: str) -> Thinking:
    if "instructions" in data:
        given = checks.text(data["instructions"] or "", f"{path}.instructions")
        now = replace(now, instructions=given)
    if "tools" in data:
        now = replace(now, tools=read_tools(data["tools"] or [], f"{path}.tools"))
    if data.get("tool_choice") is not None:
        now = replace(now, tool_choice=read_choice(data["tool_choice"], f"{path}.tool_choice"))
    if "max_output_tokens" in data:
        most = data["max_output_tokens"]
        full = f"{path}.max_output_tokens"
        free = most is None or most == "inf"
        now = replace(now, max_tokens=None if free else checks.integer(most, full, 1, 4096))
    if data.get("parallel_tool_calls") is not None:
        given_parallel = data["parallel_tool_calls"]
        parallel = checks.boolean(given_parallel, f"{path}.parallel_tool_calls")
        now = replace(now, parallel_tools=parallel)
    return now


def read_tools(value: Any, path: str) -> tuple[ToolSpec, ...]:
    given = checks.items(value, path, 128)
    tools = tuple(read_tool(tool, f"{path}[{n}]") for n, tool in enumerate(given))
    names = [tool.name for tool in tools]
    for n, name in enumerate(names):
        if name in names[:n]:
            raise checks.refuse(f"{path}[{n}].name", f"There are two tools named {name!r}.")
    return tools


def read_tool(value: Any, path: str) -> ToolSpec:
    data = checks.mapping(value, path)
    kind = data.get("type", "function")
    if kind == "mcp":
        message = "Hosted MCP is not supported. Offer the tool as a function of your own."
        raise checks.refuse(f"{path}.type", message)
    checks.choice(kind, f"{path}.type", ("function",))
    ours = checks.mapping(data.get("voiceagent") or {}, f"{path}.voiceagent")
    effects = ours.get("effects", "none")
    checks.choice(effects, f"{path}.voiceagent.effects", ("none", "reversible", "final"))
    return ToolSpec(
        checks.text(checks.required(data, "name", path), f"{path}.name", 64),
        checks.text(data.get("description") or "", f"{path}.description"),
        checks.mapping(
            checks.plain(data.get("parameters") or {}, f"{path}.parameters"), f"{path}.parameters"
        ),
        cast(Effects, effects),
        phrases=read_phrases(ours.get("phrases") or (), f"{path}.voiceagent.phrases"),
    )


def read_choice(value: Any, path: str) -> str | Mapping[str, Any]:
    if isinstance(value, Mapping):
        checks.choice(checks.required(value, "type", path), f"{path}.type", ("function",))
        name = checks.text(checks.required(value, "name", path), f"{path}.name", 64)
        return {"type": "function", "name": name}
    return checks.choice(value, path, ("none", "auto", "required"))


def read_extension(now: Extension, value: Any, path: str) -> Extension:
    if value is None:
        return now
    data = checks.mapping(value, path)
    if data.get("events") is not None:
        given = checks.items(data["events"], f"{path}.events", len(PRIVATE))
        names = tuple(checks.choice(name, f"{path}.events", PRIVATE) for name in given)
        now = replace(now, events=names)
    if "style" in data:
        given_style = checks.mapping(checks.plain(data["style"] or {}, path), f"{path}.style")
        now = replace(now, style=read_style(given_style, f"{path}.style"))
    if data.get("strict_style") is not None:
        strict = checks.boolean(data["strict_style"], f"{path}.strict_style")
        now = replace(now, strict=strict)
    if data.get("emotion") is not None:
        now = replace(now, emotion=checks.boolean(data["emotion"], f"{path}.emotion"))
    return now


# --- showing ------------------------------------------------------------------------------------


def show(settings: Settings, session_id: str, expires_at: int) -> dict[str, Any]:
    """The effective session, as `session.created` and `session.updated` carry it."""
    thinking = settings.thinking
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": session_id,
        "expires_at": expires_at,
        "model": settings.model,
        "output_modalities": [settings.modality],
        "instructions": thinking.instructions,
        "tools": [show_tool(tool) for tool in thinking.tools],
        "tool_choice": thinking.tool_choice,
        "max_output_tokens": "inf" if thinking.max_tokens is None else thinking.max_tokens,
        "parallel_tool_calls": thinking.parallel_tools,
        "audio": {
            "input": {
                "format": show_format(settings.input.format),
                "transcription": settings.input.transcription,
                "noise_reduction": settings.input.noise_reduction,
                "turn_detection": show_detection(settings.input.detection),
            },
            "output": {
                "format": show_format(settings.output.format),
                "voice": settings.output.voice or "default",
                "speed": settings.output.speed,
            },
        },
        "tracing": None,
        "truncation": "auto",
        "prompt": None,
        "include": None,
        **settings.echoed,
        "voiceagent": {
            "events": list(settings.ours.events),
            "style": show_style(settings),
            "strict_style": settings.ours.strict,
            "emotion": settings.ours.emotion,
        },
    }


def show_style(settings: Settings) -> dict[str, Any]:
    style = settings.ours.style
    return {name: getattr(style, name) for name in Style.__dataclass_fields__}


def show_format(kind: str) -> dict[str, Any]:
    return {"type": kind, "rate": PCM_RATE} if kind == "audio/pcm" else {"type": kind}


def show_tool(tool: ToolSpec) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": "function", "name": tool.name}
    if tool.description:
        shown["description"] = tool.description
    shown["parameters"] = dict(tool.parameters)
    ours: dict[str, Any] = {"effects": tool.effects} if tool.effects != "none" else {}
    if tool.phrases:
        ours["phrases"] = list(tool.phrases)
    return shown | {"voiceagent": ours} if ours else shown


def show_detection(detection: Detection | None) -> dict[str, Any] | None:
    if detection is None:
        return None
    shown: dict[str, Any] = {
        "type": detection.type,
        "create_response": detection.create,
        "interrupt_response": detection.interrupt,
    }
    if detection.type == "semantic_vad":
        return shown | {"eagerness": detection.eagerness}
    return shown | {
        "threshold": detection.threshold,
        "prefix_padding_ms": detection.prefix_ms,
        "silence_duration_ms": detection.silence_ms,
        "idle_timeout_ms": detection.idle_ms,
    }


# --- meaning ------------------------------------------------------------------------------------


def rules_of(settings: Settings, base: Rules) -> Rules:
    """The turn-taking that these settings ask for, on the profile's own rules."""
    detection = settings.input.detection
    if detection is None:
        return replace(base, turns="manual")
    patience = replace(
        base.patience,
        fixed_ms=detection.silence_ms,
        scale=base.patience.scale * EAGERNESS[detection.eagerness],
    )
    return replace(
        base,
        turns="auto",
        create=detection.create,
        interrupt=detection.interrupt,
        patience=patience,
        limits=replace(base.limits, idle_ms=detection.idle_ms),
    )


def manner_of(settings: Settings, base: Manner) -> Manner:
    """How replies are made under these settings; own tools stay the profile's."""
    thinking = settings.thinking
    choice = thinking.tool_choice
    return Manner(
        instructions=thinking.instructions,
        tools=(*(tool for tool in base.tools if tool.own), *thinking.tools),
        tool_choice=choice if isinstance(choice, str) else str(choice["name"]),
        max_tokens=thinking.max_tokens,
        modality="text" if settings.modality == "text" else "audio",
        voice=settings.output.voice,
        style=faster(settings.ours.style, settings.output.speed),
        parallel_tools=thinking.parallel_tools,
    )


def tune_of(settings: Settings, own: Iterable[ToolSpec] = ()) -> Tune:
    """What the ears are told: `own` are the tools of the house, known beside the client's."""
    thinking = settings.thinking
    transcription = settings.input.transcription or {}
    detection = settings.input.detection
    language = transcription.get("language")
    prompt = transcription.get("prompt")
    return Tune(
        threshold=detection.threshold
        if detection is not None and detection.type == "server_vad"
        else None,
        language=language if isinstance(language, str) else None,
        prompt=prompt if isinstance(prompt, str) else "",
        phrases=phrases_of((*own, *thinking.tools), thinking.instructions),
    )
