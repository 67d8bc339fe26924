"""Every error that voiceagent raises, named for whose problem it is.

VoiceAgentError
├── ConfigError           a profile, persona or manifest is wrong; names the file and the key
├── MissingExtra          a library is not installed; names the command that installs it
├── ModelError            a part failed; .model, .cause
├── ToolError             a tool failed; shown to the mind, not to the user
├── Busy                  the server or a worker has no room; .retry_after_s
├── Refused               a request cannot be honoured; .code and .param name it on the wire
└── LinkError
    ├── LocalLinkError    we broke the protocol
    └── RemoteLinkError   they broke it, or went away
"""

from __future__ import annotations


class VoiceAgentError(Exception):
    """The root of the tree: catch this to catch everything that voiceagent raises on purpose."""


class ConfigError(VoiceAgentError):
    """A profile, persona or manifest is wrong. The message names the file and the key."""


class MissingExtra(VoiceAgentError):
    """A library that this part needs is not installed."""

    def __init__(self, needed_by: str, install: str) -> None:
        super().__init__(f"{needed_by} needs a library that is not installed. Run: {install}")
        self.needed_by = needed_by
        self.install = install


class ModelError(VoiceAgentError):
    """A part failed. The conversation goes on without it, or says so."""

    def __init__(self, model: str, cause: str) -> None:
        super().__init__(f"{model}: {cause}")
        self.model = model
        self.cause = cause

    def __reduce__(self) -> tuple[type[ModelError], tuple[str, str]]:
        return type(self), (self.model, self.cause)


class ToolError(VoiceAgentError):
    """A tool failed. The mind is told, so that it can say it in its own words."""


class Busy(VoiceAgentError):
    """No room: come back later."""

    def __init__(self, what: str, retry_after_s: int = 1) -> None:
        super().__init__(f"{what} is busy. Try again in {retry_after_s} s.")
        self.what = what
        self.retry_after_s = retry_after_s


class Refused(VoiceAgentError):
    """A request that cannot be honoured. Nothing changed."""

    def __init__(self, message: str, code: str | None = "invalid_value", param: str | None = None):
        super().__init__(message)
        self.code = code
        self.param = param


class LinkError(VoiceAgentError):
    """The conversation with the far end went wrong."""


class LocalLinkError(LinkError):
    """We broke the protocol, for example by speaking on a closed link."""


class RemoteLinkError(LinkError):
    """The far end broke the protocol or went away."""
