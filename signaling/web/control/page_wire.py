"""The messages between the server and the specialist's page: the helper's own, and the page's first one."""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, Final

from web_client.helper.checks import Text
from web_client.helper.wire import (
    DOWN,
    UP,
    ClipboardPull,
    Grant,
    Hello,
    Message,
    Refused,
    Revoke,
    Table,
)


@dataclass(frozen=True)
class Enter(Message):
    """The page's first message: who it is, and which grant it comes for."""

    tag: ClassVar[str] = "in"
    token: str = field(metadata={"check": Text(4096, r"[A-Za-z0-9._=-]+")}, repr=False)
    call: str = field(metadata={"check": Text(64, r"[A-Za-z0-9_-]+")})
    control: str = field(metadata={"check": Text(60, r"[A-Za-z0-9_-]+")})


FROM_PAGE: Final[Table] = MappingProxyType(
    {Enter.tag: Enter}
    | {tag: message for tag, message in DOWN.items() if message.in_grant and message is not ClipboardPull}
)
"""All that acts in a grant but the reading of the clipboard, which the server asks for itself."""

TO_PAGE: Final[Table] = MappingProxyType(
    {message.tag: message for message in (Grant, Revoke, Refused)}
    | {tag: message for tag, message in UP.items() if message is not Hello}
)
