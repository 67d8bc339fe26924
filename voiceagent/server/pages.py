"""The page for browsers: the files of web/, each of its kind, and what the page may do."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# Named here, as Windows lets any program rename them for everybody.
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")
HEADERS = {
    "cache-control": "no-cache",  # kept, and asked about: a new version shows at once
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "microphone=(self)",
}


def pages(web: Path) -> list[BaseRoute]:
    return [Mount("/", Pages(directory=web, html=True))] if web.is_dir() else []


class Pages(StaticFiles):
    """Only files of the kinds above, only from the folder."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        name = "index.html" if path == "." else path
        kind = KINDS.get(PurePosixPath(name.replace(os.sep, "/")).suffix)
        if kind is None:
            raise HTTPException(404)
        answer = await super().get_response(name, scope)
        if answer.status_code == 200:
            answer.headers["content-type"] = kind
        answer.headers.update({**HEADERS, "content-security-policy": policy(host_of(scope))})
        return answer


def policy(host: str) -> str:
    """Scripts, styles and the socket of this server, and nothing of anybody else's."""
    # older browsers do not take a websocket for "self"
    sockets = f" ws://{host} wss://{host}" if HOST.fullmatch(host) else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src 'self'{sockets}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def host_of(scope: Scope) -> str:
    found = [value for name, value in scope["headers"] if name == b"host"]
    return found[0].decode("latin-1") if found else ""
