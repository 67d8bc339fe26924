"""Who may come in: keys by header or by subprotocol, secrets for browsers, origins on loopback."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

SUBPROTOCOL = "realtime"
KEY_PROTOCOL = "openai-insecure-api-key."
MOST_SECRETS = 10_000
SECRET_S = 600
LOCAL = {"localhost", "127.0.0.1", "::1"}
WRONG_KEY = "Incorrect API key provided. Send it as 'Authorization: Bearer <key>'."
NEVER_PUBLIC = (".localhost", ".local", ".lan", ".internal", ".home.arpa", ".test")


@dataclass(frozen=True, slots=True)
class Secret:
    value: str
    expires_at: int
    session: Mapping[str, Any]


@dataclass
class Keys:
    """No keys at all: anybody may come in, but no page from elsewhere may use a local server.

    `names`: what else this server is called, where pages are.
    """

    keys: tuple[str, ...] = ()
    now: Callable[[], float] = time.time
    names: tuple[str, ...] = ()
    _secrets: OrderedDict[str, Secret] = field(default_factory=OrderedDict)

    def mint(self, session: Mapping[str, Any], seconds: int = SECRET_S) -> Secret:
        """A secret that a browser may hold: it opens sessions, with these settings, for a while."""
        self._forget_old()
        secret = Secret(f"ek_{secrets.token_urlsafe(24)}", int(self.now()) + seconds, session)
        self._secrets[secret.value] = secret
        while len(self._secrets) > MOST_SECRETS:
            self._secrets.popitem(last=False)
        return secret

    def admits(self, key: str | None, origin: str | None, host: str | None) -> bool:
        """Whether a session may be opened with this key, from this page."""
        if key is not None and self.secret(key) is not None:
            return True
        if not self.keys:
            return same_origin(origin, host, self.names)
        return self.is_key(key)

    def why_not(self, origin: str | None) -> str:
        """What to say to whom it did not admit."""
        if self.keys:
            return WRONG_KEY
        return (
            f"Pages of {origin} may not use this server. If that is one of its names, start it "
            "with --name and that name; or with --key, for pages from anywhere."
        )

    def is_key(self, key: str | None) -> bool:
        """A key proper, not a secret: only it may mint secrets."""
        if not self.keys:
            return True
        given = (key or "").encode()
        found = [hmac.compare_digest(given, known.encode()) for known in self.keys]
        return any(found)

    def secret(self, value: str) -> Secret | None:
        found = self._secrets.get(value)
        return found if found is not None and found.expires_at > self.now() else None

    def _forget_old(self) -> None:
        old = [name for name, s in self._secrets.items() if s.expires_at <= self.now()]
        for name in old:
            del self._secrets[name]


def key_of(headers: Mapping[str, str], protocols: Iterable[str] = ()) -> str | None:
    """The key that came with a request: `Authorization: Bearer ...`, or among the subprotocols."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip()
    for protocol in protocols:
        if protocol.startswith(KEY_PROTOCOL):
            return protocol.removeprefix(KEY_PROTOCOL)
    return None


def same_origin(origin: str | None, host: str | None, names: Sequence[str] = ()) -> bool:
    """Whether the page that asks was served from here, or nobody's page asks at all."""
    if not origin:
        return True
    try:
        page, ours = urlsplit(origin), urlsplit(f"//{host or ''}")
    except ValueError:
        return False
    if page.netloc == ours.netloc:
        return is_ours(ours.hostname or "", names)
    return page.hostname in LOCAL and ours.hostname in LOCAL


def is_ours(name: str, names: Sequence[str] = ()) -> bool:
    """Whether nobody else can have given this name to our address. Whoever owns a public name can
    point it at this machine once their page is loaded, and the page may then ask what it likes.
    """
    if name in LOCAL or name in names or is_number(name):
        return True
    return bool(name) and ("." not in name or name.endswith(NEVER_PUBLIC))


def is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
