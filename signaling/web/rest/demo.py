"""体验: sign in as a demo person with one button, on demo servers only."""

import hmac
from typing import Annotated, Final

from aiohttp import web

from signaling.domain.roles import Post, Role
from signaling.domain.staff import Staff
from signaling.web.context import WebContext
from signaling.web.messages.base import Empty
from signaling.web.messages.rest import DemoAccount, DemoAccounts, DemoStart, PadSessionView, SessionView
from signaling.web.problems import Refused
from signaling.web.rest.accounts import attempt, session_answer
from signaling.web.rest.table import Asked, Endpoints

endpoints: Final = Endpoints("体验 demo")


def _demo_staff(context: WebContext) -> dict[str, Staff]:
    """Return the demo person of each role: the first by id."""
    if not context.settings.client.demo:
        raise Refused("not_found")
    people = sorted(
        (staff for staff in context.directory.all_staff() if staff.demo and staff.enabled),
        key=lambda staff: staff.staff_id,
    )
    return {role: staff for staff in reversed(people) if (role := _demo_role(staff)) is not None}


def _demo_role(staff: Staff) -> str | None:
    if Role.CLERK in staff.roles:
        return "clerk"
    if Role.SPECIALIST in staff.roles:
        return "supervisor" if Post.SUPERVISOR in staff.posts else "specialist"
    return "reviewer" if Role.REVIEWER in staff.roles else None


@endpoints.add("GET", "/api/demo", summary="体验账号", needs="nothing")
async def demo_accounts(asked: Asked[Empty]) -> DemoAccounts:
    """The five buttons."""
    context = asked.context
    people = _demo_staff(context)
    accounts = [
        DemoAccount(
            role=role,
            staff_id=people[role].staff_id,
            name=people[role].name,
            title=context.directory.title_of(people[role]),
        )
        for role in ("clerk", "specialist", "reviewer", "supervisor")
        if role in people
    ]
    if "clerk" in people and people["clerk"].point_id:
        point = context.directory.point(people["clerk"].point_id)
        accounts.insert(2, DemoAccount(role="pad", staff_id=None, name="评价器", title=point.name))
    return DemoAccounts(accounts=accounts)


@endpoints.add("POST", "/api/demo/start", summary="以体验账号登录", needs="nothing")
async def start_demo(asked: Asked[DemoStart]) -> Annotated[web.Response, SessionView] | PadSessionView:
    """Sign a tab in as a demo person, or pair it as the demo point's pad."""
    people = _demo_staff(asked.context)
    address = attempt(asked)
    _require_password(asked)
    if asked.body.role == "pad":
        return await _start_pad(asked.context, people.get("clerk"), address)
    staff = people.get(asked.body.role)
    if staff is None:
        raise Refused("not_found", field="role")
    accounts = asked.context.services.accounts
    signed_in = await accounts.demo_sign_in(staff.staff_id, asked.body.tab, address)
    return session_answer(asked, signed_in, asked.body.tab)


def _require_password(asked: Asked[DemoStart]) -> None:
    """One click is for this machine; others type what the terminal shows."""
    wanted = asked.context.settings.demo_password
    if wanted is None or asked.context.peer_of(asked.request).is_local:
        return
    if not hmac.compare_digest((asked.body.password or "").encode(), wanted.encode()):
        raise Refused("demo_password", field="password")


async def _start_pad(context: WebContext, clerk: Staff | None, address: str) -> PadSessionView:
    if clerk is None or clerk.point_id is None:
        raise Refused("not_found", field="role")
    paired = await context.services.pads.pair_demo(clerk.point_id, address)
    return PadSessionView(
        device_token=paired.token,
        pad_id=paired.pad.pad_id,
        point_id=paired.pad.point_id,
        point_name=context.directory.point(paired.pad.point_id).name,
    )
