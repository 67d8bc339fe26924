"""Profiles: which parts an agent is made of, and by which rules.

`compose` is the one place where configuration comes together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, Literal
from urllib.parse import urlsplit

from voiceagent import bundle
from voiceagent.errors import ConfigError, MissingExtra
from voiceagent.rules import Rules
from voiceagent.shaping import Place, shape
from voiceagent.worker.cores import usable_cores
from voiceagent.worker.staffing import sessions_on

Role = Literal["ear", "mind", "voice", "answerer"]

LLM = "VOICEAGENT_LLM"
EXAMPLE = "http://127.0.0.1:8000/v1"
ALONE: tuple[Literal["mind", "voice", "answerer"], ...] = ("mind", "voice", "answerer")
PART_KEYS = ("model", "worker", "workers", "options")

# --- what a profile holds -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PartSpec:
    """One part: which model, and how it is set. A worker can be sent one, and builds it."""

    model: str  # a name under models/, or the path of a folder
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)  # may hold a key
    worker: bool = False  # in a process of its own
    workers: int | None = None  # processes; None: as many as its conversations keep busy
    where: Place = field(default=Place("options"), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class LinkRules:
    """How audio goes to the far end and comes from it."""

    lead_ms: int = 200  # how far ahead of real time audio leaves
    local_lead_ms: int = 60  # the same, for a link within this machine
    link_delay_ms: int = 0  # what the far end needs to play what it got, beyond what it reports
    stall_ms: int = 400  # no audio for so long: muted, push to talk, or a dead microphone
    buffer_ms: int = 30_000  # audio kept of what came before a turn was taken


@dataclass(frozen=True, slots=True)
class Serving:
    """What a server takes on, and no more."""

    sessions: int = 100  # unless a profile says it, no more than its parts can take on these cores
    session_s: int = 3600
    message_bytes: int = 20 * 2**20 + 2**16  # 15 MiB of audio in base64, and its envelope
    messages_per_s: int = 1000
    items: int = 5000  # of one conversation
    out_of_band: int = 4  # replies beside the conversation, at once
    retry_after_s: int = 5

    def __post_init__(self) -> None:
        if self.sessions < 0 or min(self.messages_per_s, self.items, self.message_bytes) < 1:
            few = "messages_per_s, items and message_bytes are at least 1, sessions at least 0"
            raise ValueError(few)


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    about: str = ""
    needs: str = ""
    ears: tuple[PartSpec, ...] = ()
    mind: PartSpec | None = None
    voice: PartSpec | None = None
    answerer: PartSpec | None = None  # in the place of a mind and a voice
    instructions: str = ""
    greeting: str = ""
    feelings: bool = True  # whether anybody listens for how the user feels
    rules: Rules = field(default_factory=Rules)
    link: LinkRules = field(default_factory=LinkRules)
    serving: Serving = field(default_factory=Serving)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model says of itself, in its model.yaml."""

    role: Role
    about: str
    licence: str
    install: str = ""  # the command that installs what it imports, if the default install lacks it
    worker: bool = False
    needs: str = ""
    feels: bool = False  # an ear that reads feelings in the voice
    phrases: bool = False  # an ear whose option `extra` takes sentences that it should expect
    hears: tuple[str, ...] = ()  # the languages that it knows, such as en; empty: any
    sessions_per_core: int = 0  # conversations that one core can take; 0: nobody has measured it

    def __post_init__(self) -> None:
        if self.sessions_per_core < 0:
            raise ValueError("sessions_per_core must not be negative")


def read_manifest(model: str) -> Manifest:
    return shape(Manifest, bundle.manifest("models", model), f"{Path(model).name}/model.yaml")


# --- composing ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _File:
    """A profile as it is written."""

    about: str
    ears: tuple[str | Mapping[str, Any], ...] = ()
    mind: str | Mapping[str, Any] | None = None
    voice: str | Mapping[str, Any] | None = None
    answerer: str | Mapping[str, Any] | None = None
    needs: str = ""
    instructions: str = ""
    greeting: str = ""
    feelings: bool = True
    turn: Rules = field(default_factory=Rules)
    link: LinkRules = field(default_factory=LinkRules)
    serving: Serving = field(default_factory=Serving)


@dataclass(frozen=True, slots=True)
class _Part:
    model: str
    worker: bool | None = None
    workers: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def compose(
    name: str, environ: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None
) -> Profile:
    """Make a profile of a file, the environment and what is laid over both.

    `name` is that of a shipped profile or the path of a file. An override is nested as the file
    is, or dotted: `{"turn.patience.scale": 1.5}`. An endpoint in the environment takes the place
    of the profile's mind.
    """
    path, endpoint = bundle.profile_path(name), _endpoint(environ or {})
    data: Mapping[str, Any] = bundle.read_yaml(path)
    if endpoint and data.get("mind") is not None:
        data = {**data, "mind": endpoint}
    for key, value in (overrides or {}).items():
        data = _lay_over(data, _nested(key, value))
    place = Place(path.name)
    file = shape(_File, data, place)
    _check_rules(file.turn, place.of("turn"))
    base = path.resolve().parent if bundle.is_path(name) else Path.cwd()
    parts = {
        role: _part(role, entry, place.of(role), base)
        for role in ALONE
        if (entry := getattr(file, role)) is not None
    }
    if parts.keys() not in ({"answerer"}, {"mind"}, {"mind", "voice"}):
        raise place.wrong("must have a mind with its voice, or an answerer in the place of both")
    ears = place.of("ears")
    profile = Profile(
        path.stem,
        file.about,
        file.needs,
        tuple(_part("ear", ear, ears.at(i), base) for i, ear in enumerate(file.ears)),
        instructions=file.instructions,
        greeting=file.greeting,
        feelings=file.feelings,
        rules=file.turn,
        link=file.link,
        serving=file.serving,
        **parts,
    )
    return profile if "sessions" in data.get("serving", {}) else admitting(profile, usable_cores())


def admitting(profile: Profile, cores: int) -> Profile:
    """The profile with no more sessions than its parts can take on so many cores."""
    per_core = [read_manifest(spec.model).sessions_per_core for spec in parts_of(profile)]
    sessions = sessions_on(cores, per_core, profile.serving.sessions)
    return replace(profile, serving=replace(profile.serving, sessions=sessions))


def takes_on(profile: Profile) -> str:
    """How many conversations a server of this profile lets in."""
    sessions, cores = profile.serving.sessions, usable_cores()
    on = f"{cores} core{'s' * (cores != 1)}"
    return f"{sessions} conversation{'s' * (sessions != 1)} at once on {on}"


def parts_of(profile: Profile) -> list[PartSpec]:
    alone = (profile.mind, profile.voice, profile.answerer)
    return [*profile.ears, *(part for part in alone if part is not None)]


def _nested(key: str, value: object) -> Mapping[str, Any]:
    head, _, rest = key.partition(".")
    return {head: _nested(rest, value) if rest else value}


def _lay_over(under: Mapping[str, Any], over: Mapping[str, Any]) -> Mapping[str, Any]:
    """Lay one tree of keys over another. A part that names its model replaces what was there."""
    result = dict(under)
    for key, value in over.items():
        old = result.get(key)
        if key in ALONE and isinstance(old, str):
            old = {"model": old}
        if isinstance(value, Mapping) and isinstance(old, Mapping) and "model" not in value:
            value = _lay_over(old, value)
        result[key] = value
    return result


def _check_rules(rules: Rules, place: Place) -> None:
    patience, limits = rules.patience, rules.limits
    at = place.of("patience")
    likely = [probability for probability, _ in patience.curve]
    rises = all(low < high for low, high in pairwise(likely))
    if not likely or not rises or likely[0] < 0 or likely[-1] > 1:
        raise at.of("curve").wrong("must hold points whose probabilities rise within 0 to 1")
    if any(wait < 0 for _, wait in patience.curve):
        raise at.of("curve").wrong("must not hold negative milliseconds")
    if not 0 <= patience.unscored <= 1:
        raise at.of("unscored").must_be("a probability from 0 to 1", patience.unscored)
    if patience.scale <= 0:
        raise at.of("scale").must_be("greater than 0", patience.scale)
    for name in ("idle_times", "unheard_max"):
        if getattr(limits, name) < 0:
            raise place.of("limits").of(name).wrong("must not be negative")


# --- the endpoint that the environment names ------------------------------------------------------


def _endpoint(environ: Mapping[str, str]) -> Mapping[str, Any] | None:
    """Return the mind that VOICEAGENT_LLM_URL asks for. No message quotes what may be a key."""
    given = {name: environ.get(f"{LLM}_{name}", "").strip() for name in ("URL", "MODEL", "KEY")}
    options = {name.lower(): value for name, value in given.items() if value}
    if options and not given["URL"]:
        alone = " and ".join(f"{LLM}_{name.upper()}" for name in options)
        raise ConfigError(f"{alone} is of no use without {LLM}_URL; set {LLM}_URL={EXAMPLE} or so")
    if not options:
        return None
    if not _is_address(given["URL"]):
        raise ConfigError(
            f"{LLM}_URL must be an address such as {EXAMPLE}; a key goes into {LLM}_KEY"
        )
    if not given["KEY"].isascii() or not given["KEY"].isprintable() or " " in given["KEY"]:
        raise ConfigError(f"{LLM}_KEY must be plain characters without spaces")
    path = bundle.folder("configs") / "endpoint.yaml"
    return {**bundle.read_yaml(path), "options": options}


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        usual_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = url.isprintable() and " " not in url and "@" not in parts.netloc
    return parts.scheme in ("http", "https") and bool(parts.hostname) and usual_port and plain


# --- parts ----------------------------------------------------------------------------------------


def _part(role: Role, entry: str | Mapping[str, Any], place: Place, base: Path) -> PartSpec:
    """Read `{model: webrtcvad, mode: 2}`. Options of those names go under `options:`."""
    rest = {"model": entry} if isinstance(entry, str) else dict(entry)
    written = shape(_Part, {key: rest.pop(key) for key in PART_KEYS if key in rest}, place)
    model = written.model
    if bundle.is_path(model):
        model = str((base / Path(model).expanduser()).resolve())
    try:
        manifest = read_manifest(model)
    except ConfigError as error:
        raise place.of("model").wrong(f"cannot be used: {error}") from error
    if manifest.role != role:
        raise place.of("model").wrong(
            f"is {written.model!r}, which is of the role {manifest.role}, not {role}"
        )
    worker = manifest.worker if written.worker is None else written.worker
    _check_workers(written.workers, worker, place.of("workers"))
    return PartSpec(model, {**rest, **written.options}, worker, written.workers, place)


def _check_workers(workers: int | None, worker: bool, place: Place) -> None:
    if workers is None:
        return
    if not worker:
        raise place.wrong("is of no use: this part has no process of its own (set worker: true)")
    if workers < 1:
        raise place.must_be("at least 1", workers)


def build_part(spec: PartSpec) -> object:
    """Load a part's model and build it. If its library is missing, say which command helps."""
    try:
        module = bundle.load("models", spec.model)
        return module.build(*_options(module, spec))
    except ModuleNotFoundError as error:
        install = read_manifest(spec.model).install
        ours = (error.name or "").startswith(("voiceagent", "_voiceagent"))
        if ours or not install:
            raise
        raise MissingExtra(Path(spec.model).name, install) from error


def _options(module: ModuleType, spec: PartSpec) -> tuple[object, ...]:
    cls: type[object] | None = getattr(module, "Options", None)
    if cls is not None:
        return (shape(cls, spec.options, spec.where),)
    if spec.options:
        raise spec.where.wrong(f"has options, and {spec.model} takes none")
    return ()
