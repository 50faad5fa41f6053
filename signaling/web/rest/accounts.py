"""Signing in, renewing, signing out, changing one's password."""

import secrets
import time
from typing import Annotated, Any, Final

from aiohttp import web

from signaling.services.accounts import SignedIn
from signaling.services.sign_in_guard import Visitor
from signaling.web.context import WebContext
from signaling.web.messages.base import Empty
from signaling.web.messages.rest import ClientConfig, LoginBody, PasswordBody, RefreshBody, SessionView
from signaling.web.present.people import staff_view
from signaling.web.problems import Refused
from signaling.web.rest.table import Asked, Endpoints
from signaling.web.viewers import BROWSER_COOKIE, browser_of, new_browser

endpoints: Final = Endpoints("登录 sign-in")

_COOKIE_PATH: Final = "/api/auth"
_COOKIE_PREFIX: Final = "bb_refresh_"
_DEVICE_COOKIE: Final = "bb_device"
_DEVICE_COOKIE_S: Final = 400 * 86400
"""As long as browsers keep any."""
_OTHER_TABS: Final = 31
"""Other tabs of one browser that stay signed in; servers and proxies refuse more than 8 KiB of cookies."""


def cookie_name(tab: str) -> str:
    """Return the refresh cookie's name: one a tab, so that two people fit one browser."""
    return f"{_COOKIE_PREFIX}{tab}"


def session_view(signed_in: SignedIn, context: WebContext) -> SessionView:
    """Show a sign-in, with a fresh access token."""
    staff = signed_in.staff
    token = context.tokens.issue(staff.staff_id, signed_in.session_id, context.clock())
    return SessionView(
        access_token=token,
        expires_in_s=int(context.tokens.lifetime_s),
        staff=staff_view(staff, context.directory),
        permissions=sorted(signed_in.permissions, key=lambda permission: permission.value),
        home=signed_in.home,
        must_change_password=staff.must_change_password,
    )


def session_answer(asked: Asked[Any], signed_in: SignedIn, tab: str) -> web.Response:
    """Answer with the session, and the refresh token in the tab's cookie when there is a new one."""
    view = session_view(signed_in, asked.context)
    response = web.Response(text=view.model_dump_json(), content_type="application/json")
    if signed_in.refresh_token is not None:
        response.set_cookie(
            cookie_name(tab),
            signed_in.refresh_token,
            max_age=int(asked.context.settings.refresh_cookie_s),
            path=_COOKIE_PATH,
            httponly=True,
            secure=asked.context.peer_of(asked.request).secure,
            samesite="Strict",
        )
    if browser_of(asked.request) is None:
        response.set_cookie(
            BROWSER_COOKIE,
            new_browser(),
            max_age=_DEVICE_COOKIE_S,
            httponly=True,
            secure=asked.context.peer_of(asked.request).secure,
            samesite="Strict",
        )
    for name in _surplus(asked.request, tab):
        response.del_cookie(name, path=_COOKIE_PATH)
    return response


def _surplus(request: web.Request, tab: str) -> list[str]:
    """Return the cookies of tabs closed long ago: browsers send the oldest first (RFC 6265 §5.4)."""
    mine = cookie_name(tab)
    others = [name for name in request.cookies if name.startswith(_COOKIE_PREFIX) and name != mine]
    return others[:-_OTHER_TABS]


@endpoints.add("GET", "/api/config", summary="登录前所需", needs="nothing")
async def config(asked: Asked[Empty]) -> ClientConfig:
    """What the page needs before anybody signs in; HTTPS at the address the page was reached by."""
    settings = asked.context.settings
    if settings.secure_port is None:
        return settings.client
    here = asked.request.url.with_scheme("https").with_port(settings.secure_port).origin()
    return settings.client.model_copy(update={"secure_url": str(here)})


@endpoints.add("POST", "/api/auth/login", summary="登录", needs="nothing")
async def login(asked: Asked[LoginBody]) -> Annotated[web.Response, SessionView]:
    """Sign in one tab."""
    body, accounts = asked.body, asked.context.services.accounts
    device = _device(asked, body.username)
    visitor = Visitor(attempt(asked, device), device)
    signed_in = await accounts.login(body.username, body.password, body.tab, visitor)
    response = session_answer(asked, signed_in, body.tab)
    _remember_device(asked, response, signed_in.staff.staff_id)
    return response


def attempt(asked: Asked[Any], device: str | None = None) -> str:
    """Count an attempt to prove who one is; return the address. Raises `too_many`.

    A known device is counted by itself: others behind the same address do not use up its attempts.
    """
    peer = asked.context.peer_of(asked.request)
    if not asked.context.attempts.allow(f"device {device}" if device else peer.group, time.monotonic()):
        raise Refused("too_many")
    return peer.address


def _device(asked: Asked[Any], username: str) -> str | None:
    """Return the device this comes from, if who has that name signed in on it before."""
    person = asked.context.directory.staff_named(username)
    cookie = asked.request.cookies.get(_DEVICE_COOKIE, "")
    return asked.context.devices.recognise(cookie, person.staff_id if person else "", asked.context.clock())


def _remember_device(asked: Asked[Any], response: web.Response, staff_id: str) -> None:
    held, now = asked.request.cookies.get(_DEVICE_COOKIE, ""), asked.context.clock()
    response.set_cookie(
        _DEVICE_COOKIE,
        asked.context.devices.remember(held, staff_id, now, secrets.token_hex(16)),
        max_age=_DEVICE_COOKIE_S,
        path=_COOKIE_PATH,
        httponly=True,
        secure=asked.context.peer_of(asked.request).secure,
        samesite="Strict",
    )


@endpoints.add("POST", "/api/auth/refresh", summary="续期", needs="nothing")
async def refresh(asked: Asked[RefreshBody]) -> Annotated[web.Response, SessionView]:
    """Renew the access token with the tab's cookie."""
    tab = asked.body.tab
    token = asked.request.cookies.get(cookie_name(tab))
    if not token:
        raise Refused("not_signed_in")
    signed_in = await asked.context.services.accounts.refresh(
        token, tab, asked.context.peer_of(asked.request).address
    )
    return session_answer(asked, signed_in, tab)


@endpoints.add("POST", "/api/auth/logout", summary="退出", needs="nothing")
async def logout(asked: Asked[RefreshBody]) -> Annotated[web.Response, Empty]:
    """Sign out one tab; repeating it does no harm."""
    name = cookie_name(asked.body.tab)
    token = asked.request.cookies.get(name)
    if token:
        await asked.context.services.accounts.logout(token, asked.context.peer_of(asked.request).address)
    response = web.json_response({})
    response.del_cookie(name, path=_COOKIE_PATH)
    return response


@endpoints.add("POST", "/api/auth/password", summary="修改密码")
async def change_password(asked: Asked[PasswordBody]) -> SessionView:
    """Change one's own password; all other sign-ins end."""
    signed_in = await asked.context.services.accounts.change_password(
        asked.actor, asked.body.old_password, asked.body.new_password
    )
    return session_view(signed_in, asked.context)
