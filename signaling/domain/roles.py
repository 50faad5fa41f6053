"""The one table of roles and permissions; commands name permissions, never roles."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    """导办员, 专家, 质检员, 事项梳理专员, 系统 / 安全 / 审计管理员, and the rating pad as a device."""

    CLERK = "clerk"
    SPECIALIST = "specialist"
    REVIEWER = "reviewer"
    CURATOR = "curator"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"
    AUDIT_ADMINISTRATOR = "audit_administrator"
    PAD = "pad"


class Post(StrEnum):
    """A specialist's posts: 应答, 主办, 督办."""

    RESPONDER = "responder"
    HANDLER = "handler"
    SUPERVISOR = "supervisor"


_SESSION: Final = frozenset(
    {"call.join", "call.end", "call.read", "chat.send", "annotation.draw", "media.use", "item.read"}
)

PERMISSIONS: Final[Mapping[Role, frozenset[str]]] = MappingProxyType(
    {
        Role.CLERK: _SESSION
        | {"call.request", "still.take", "recording.pause", "message.leave", "pad.pair", "point.read"},
        Role.SPECIALIST: _SESSION
        | {
            "offer.answer",
            "presence.set",
            "queue.watch",
            "call.result",
            "card.push",
            "recording.pause",
            "message.read",
            "message.close",
            "point.read",
        },
        Role.REVIEWER: frozenset({"recording.read", "call.read", "item.read", "point.read"}),
        Role.CURATOR: frozenset({"item.read", "point.read"}),
        Role.SYSTEM_ADMINISTRATOR: frozenset(
            {"item.read", "item.offer", "staff.read", "staff.write", "point.read", "point.write"}
        ),
        Role.SECURITY_ADMINISTRATOR: frozenset({"staff.read", "point.read", "item.read"}),
        Role.AUDIT_ADMINISTRATOR: frozenset({"audit.read", "staff.read", "point.read", "item.read"}),
        Role.PAD: frozenset({"rating.submit"}),
    }
)

POST_PERMISSIONS: Final[Mapping[Post, frozenset[str]]] = MappingProxyType(
    {
        Post.RESPONDER: frozenset(),
        Post.HANDLER: frozenset(),
        Post.SUPERVISOR: frozenset({"queue.oversee", "staff.read"}),
    }
)

_ADMINISTRATORS: Final = frozenset(
    {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR}
)


def permissions_of(roles: Iterable[Role], posts: Iterable[Post]) -> frozenset[str]:
    """Return everything these roles and posts allow."""
    granted: frozenset[str] = frozenset()
    for role in roles:
        granted |= PERMISSIONS[role]
    for post in posts:
        granted |= POST_PERMISSIONS[post]
    return granted


def roles_conflict(roles: Iterable[Role]) -> bool:
    """True when one person would hold two of the three administrators (separation of duties, 等保三级)."""
    return len(_ADMINISTRATORS.intersection(roles)) > 1


def is_administrator(roles: Iterable[Role]) -> bool:
    """True for holders of one of the three administrator roles."""
    return bool(_ADMINISTRATORS.intersection(roles))


def is_beyond_staff_writers(roles: Iterable[Role]) -> bool:
    """True for holders of an administrator role without `staff.write` (安全, 审计).

    Who writes accounts knows their first passwords: making or resetting one of these, a system administrator
    would hold two of the three roles after all. They are made and reset at the server's own terminal.
    """
    return any("staff.write" not in PERMISSIONS[role] for role in _ADMINISTRATORS.intersection(roles))


def home_of(roles: Iterable[Role], posts: Iterable[Post]) -> str:
    """Return which console a person lands on: clerk, supervise, specialist, review or admin."""
    held = frozenset(roles)
    if Role.CLERK in held:
        return "clerk"
    if Role.SPECIALIST in held:
        return "supervise" if Post.SUPERVISOR in frozenset(posts) else "specialist"
    return "review" if Role.REVIEWER in held else "admin"
