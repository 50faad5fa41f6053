"""Every refusal's sentence and HTTP status, in one table.

Services raise errors with a stable code and a Chinese sentence; the web adds its own codes. Here a code
becomes the
HTTP status and the English sentence, once for Socket.IO and REST.
"""

from dataclasses import dataclass
from typing import Final, Literal

from pydantic import ValidationError

from signaling.domain.errors import DomainError
from signaling.web.messages.base import ErrorBody

Locale = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class _Problem:
    status: int
    zh: str
    en: str


_PROBLEMS: Final[dict[str, _Problem]] = {
    "malformed": _Problem(
        400, "请求内容不对,请刷新页面再试。", "The request is malformed. Reload the page and try again."
    ),
    "too_large": _Problem(413, "内容太大,请减少后再试。", "Too large. Send less and try again."),
    "unknown_command": _Problem(
        404, "没有这个操作,请刷新页面。", "There is no such command. Reload the page."
    ),
    "not_found": _Problem(404, "没有找到,可能已被删除。", "Not found; it may have been removed."),
    "not_signed_in": _Problem(
        401, "登录已失效,请重新登录。", "Your session has ended. Please sign in again."
    ),
    "forbidden": _Problem(403, "您没有此项权限。", "You may not do this."),
    "out_of_scope": _Problem(403, "这不在您负责的地区内。", "This is outside your region."),
    "bad_state": _Problem(409, "现在不能这样做,请看最新状态。", "Not possible in the present state."),
    "conflict": _Problem(
        409, "别人刚刚改过,请刷新后再试。", "Someone else just changed it. Refresh and try again."
    ),
    "too_many": _Problem(429, "操作太快,请稍候再试。", "Too many requests. Wait a moment and try again."),
    "locked": _Problem(429, "密码多次不对,请稍后再试。", "Too many wrong passwords. Try again later."),
    "bad_credentials": _Problem(401, "用户名或密码不对。", "Wrong user name or password."),
    "password_expired": _Problem(403, "请先修改密码。", "Change your password first."),
    "method_not_allowed": _Problem(405, "不支持这种请求。", "This kind of request is not supported."),
    "media_unavailable": _Problem(
        503, "音视频服务暂时不可用,请稍候。", "Audio and video are unavailable for the moment."
    ),
    "media_forbidden": _Problem(403, "地址无效,请刷新页面。", "This address is not valid. Reload the page."),
    "media_expired": _Problem(403, "地址已过期,请刷新页面。", "This address has expired. Reload the page."),
    "range": _Problem(416, "请求的片段不存在。", "There is no such part."),
    "not_an_image": _Problem(
        415, "不是有效的照片(只收 JPEG 或 PNG)。", "Not a valid picture (JPEG or PNG only)."
    ),
    "hash_mismatch": _Problem(
        422, "照片在传送中损坏,请重拍。", "The picture was damaged on the way. Take it again."
    ),
    "size_mismatch": _Problem(
        422, "照片尺寸与说明不符,请重拍。", "The picture's size is not as stated. Take it again."
    ),
    "shutting_down": _Problem(503, "服务正在重启,请稍候。", "The server is restarting. Wait a moment."),
    "internal": _Problem(500, "服务器出错,请稍后再试。", "The server failed. Please try again later."),
}


class Refused(Exception):
    """The web refuses a request by itself, before any service sees it.

    Args:
        code: a key of the table of problems.
        field: the field of the body at fault, if one is.
    """

    def __init__(self, code: str, *, field: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.field = field


def status_of(code: str) -> int:
    """Return the HTTP status of a stable code; 400 for a service's code without an entry here."""
    problem = _PROBLEMS.get(code)
    return problem.status if problem else 400


def domain_body(error: DomainError, locale: Locale) -> ErrorBody:
    """Return what is told about a refusal of a service."""
    return ErrorBody(
        code=error.code,
        sentence=sentence_of(error.code, locale),
        field=error.field,
        details={
            name: value for name, value in error.details.items() if isinstance(value, str | int | float)
        },
    )


def refused_body(refused: Refused, locale: Locale) -> ErrorBody:
    """Return what is told about a refusal of the web."""
    return ErrorBody(code=refused.code, sentence=sentence_of(refused.code, locale), field=refused.field)


def sentence_of(code: str, locale: Locale, spoken: str | None = None) -> str:
    """Return the sentence for `code`; `spoken` is a service's own Chinese one, which says more than the
    table.
    """
    problem = _PROBLEMS.get(code)
    if problem is None:
        return spoken or code
    if locale == "zh":
        return spoken or problem.zh
    return problem.en


def first_fault(error: ValidationError) -> str:
    """Return the dotted name of the first field that did not validate."""
    return ".".join(str(part) for part in error.errors()[0]["loc"])


def locale_of(accept_language: str | None) -> Locale:
    """Return the language of an Accept-Language header: English only when it comes before Chinese."""
    for entry in (accept_language or "").lower().split(","):
        tag = entry.split(";")[0].strip()
        if tag.startswith("zh"):
            return "zh"
        if tag.startswith("en"):
            return "en"
    return "zh"
