"""The one table of roles and permissions; commands name permissions, never roles."""

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum
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


class Home(StrEnum):
    """The consoles people land on."""

    CLERK = "clerk"
    SPECIALIST = "specialist"
    REVIEW = "review"
    SUPERVISE = "supervise"
    ADMIN = "admin"


class Permission(Enum):
    """What a command or request may need; no bare string stands for one, so a misspelt one is no program."""

    CALL_JOIN = "call.join"
    CALL_END = "call.end"
    CALL_READ = "call.read"
    CALL_REQUEST = "call.request"
    CALL_RESULT = "call.result"
    CALL_ASK_IN = "call.ask_in"
    CALL_SUPERVISE = "call.supervise"
    CHAT_SEND = "chat.send"
    ANNOTATION_DRAW = "annotation.draw"
    MEDIA_USE = "media.use"
    ITEM_READ = "item.read"
    ITEM_OFFER = "item.offer"
    SEARCH_TEACH = "search.teach"
    ITEM_WRITE = "item.write"
    STILL_TAKE = "still.take"
    RECORDING_PAUSE = "recording.pause"
    RECORDING_READ = "recording.read"
    MESSAGE_LEAVE = "message.leave"
    MESSAGE_READ = "message.read"
    MESSAGE_CLOSE = "message.close"
    PAD_PAIR = "pad.pair"
    CONTROL_ASK = "control.ask"
    CONTROL_GRANT = "control.grant"
    CONTROL_STOP = "control.stop"
    POINT_READ = "point.read"
    POINT_WRITE = "point.write"
    REGION_WRITE = "region.write"
    DEPARTMENT_WRITE = "department.write"
    READINESS_READ = "readiness.read"
    OFFER_ANSWER = "offer.answer"
    PRESENCE_SET = "presence.set"
    QUEUE_WATCH = "queue.watch"
    QUEUE_OVERSEE = "queue.oversee"
    CARD_PUSH = "card.push"
    COLLEAGUE_READ = "colleague.read"
    STAFF_READ = "staff.read"
    STAFF_WRITE = "staff.write"
    AUDIT_READ = "audit.read"
    RATING_SUBMIT = "rating.submit"


_SESSION: Final = frozenset(
    {
        Permission.CALL_JOIN,
        Permission.CALL_END,
        Permission.CALL_READ,
        Permission.CHAT_SEND,
        Permission.ANNOTATION_DRAW,
        Permission.MEDIA_USE,
        Permission.ITEM_READ,
        Permission.COLLEAGUE_READ,
    }
)

PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.CLERK: _SESSION
        | {
            Permission.CALL_REQUEST,
            Permission.STILL_TAKE,
            Permission.RECORDING_PAUSE,
            Permission.MESSAGE_LEAVE,
            Permission.PAD_PAIR,
            Permission.CONTROL_GRANT,
            Permission.POINT_READ,
        },
        Role.SPECIALIST: _SESSION
        | {
            Permission.OFFER_ANSWER,
            Permission.PRESENCE_SET,
            Permission.QUEUE_WATCH,
            Permission.CALL_RESULT,
            Permission.CALL_ASK_IN,
            Permission.CARD_PUSH,
            Permission.CONTROL_ASK,
            Permission.RECORDING_PAUSE,
            Permission.MESSAGE_READ,
            Permission.MESSAGE_CLOSE,
            Permission.POINT_READ,
        },
        Role.REVIEWER: frozenset(
            {Permission.RECORDING_READ, Permission.CALL_READ, Permission.ITEM_READ, Permission.POINT_READ}
        ),
        Role.CURATOR: frozenset(
            {
                Permission.ITEM_READ,
                Permission.ITEM_WRITE,
                Permission.POINT_READ,
                Permission.SEARCH_TEACH,
            }
        ),
        Role.SYSTEM_ADMINISTRATOR: frozenset(
            {
                Permission.ITEM_READ,
                Permission.ITEM_OFFER,
                Permission.SEARCH_TEACH,
                Permission.STAFF_READ,
                Permission.STAFF_WRITE,
                Permission.POINT_READ,
                Permission.POINT_WRITE,
                Permission.REGION_WRITE,
                Permission.DEPARTMENT_WRITE,
                Permission.READINESS_READ,
            }
        ),
        Role.SECURITY_ADMINISTRATOR: frozenset(
            {Permission.STAFF_READ, Permission.POINT_READ, Permission.ITEM_READ}
        ),
        Role.AUDIT_ADMINISTRATOR: frozenset(
            {Permission.AUDIT_READ, Permission.STAFF_READ, Permission.POINT_READ, Permission.ITEM_READ}
        ),
        Role.PAD: frozenset({Permission.RATING_SUBMIT}),
    }
)

POST_PERMISSIONS: Final[Mapping[Post, frozenset[Permission]]] = MappingProxyType(
    {
        Post.RESPONDER: frozenset(),
        Post.HANDLER: frozenset(),
        Post.SUPERVISOR: frozenset(
            {
                Permission.QUEUE_OVERSEE,
                Permission.CALL_SUPERVISE,
                Permission.CONTROL_STOP,
                Permission.STAFF_READ,
                Permission.READINESS_READ,
            }
        ),
    }
)

_ADMINISTRATORS: Final = frozenset(
    {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR}
)


def permissions_of(roles: Iterable[Role], posts: Iterable[Post]) -> frozenset[Permission]:
    """Return everything these roles and posts allow."""
    granted: frozenset[Permission] = frozenset()
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
    return any(
        Permission.STAFF_WRITE not in PERMISSIONS[role] for role in _ADMINISTRATORS.intersection(roles)
    )


def home_of(roles: Iterable[Role], posts: Iterable[Post]) -> Home:
    """Return which console a person lands on."""
    held = frozenset(roles)
    if Role.CLERK in held:
        return Home.CLERK
    if Role.SPECIALIST in held:
        return Home.SUPERVISE if Post.SUPERVISOR in frozenset(posts) else Home.SPECIALIST
    return Home.REVIEW if Role.REVIEWER in held else Home.ADMIN
