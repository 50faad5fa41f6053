"""Who looks at a picture or a recording: their sign-in, and the browser it was in.

An address that is copied is of no use elsewhere: it is signed for a cookie that scripts cannot read and that
only the browser sends which signed in. Who has no cookie is bound to the network address they asked from.
"""

import re
import secrets
from typing import Final

from aiohttp import web

from recording.replay import Viewer
from signaling.domain.actor import Actor

BROWSER_COOKIE: Final = "bb_browser"
_BROWSER: Final = re.compile(r"[A-Za-z0-9_-]{22,64}")


def browser_of(request: web.Request) -> str | None:
    """Return the browser's own cookie, if it has one of ours."""
    cookie = request.cookies.get(BROWSER_COOKIE, "")
    return cookie if _BROWSER.fullmatch(cookie) else None


def new_browser() -> str:
    """Return the cookie of a browser that has none: 128 bits."""
    return secrets.token_urlsafe(16)


def viewer_of(actor: Actor, browser: str | None) -> Viewer:
    """Return whom addresses are made for when somebody asks for them."""
    return Viewer(actor.who.log_name, actor.session_id or "", _shown(browser, actor.address)[0])


def holders(request: web.Request, address: str) -> tuple[str, ...]:
    """Return what a request shows of whose it is."""
    return _shown(browser_of(request), address)


def _shown(browser: str | None, address: str) -> tuple[str, ...]:
    by_address = f"address {address}"
    return (f"browser {browser}", by_address) if browser else (by_address,)
