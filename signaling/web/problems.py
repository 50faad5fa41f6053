"""Every error becomes a stable code, a sentence and an HTTP status here, once for Socket.IO and REST."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from pydantic import ValidationError

from signaling.domain.errors import (
    BusyError,
    DomainError,
    ForbiddenError,
    InvalidError,
    LimitError,
    NotFoundError,
    SignInError,
    StateError,
)
from signaling.domain.sentences import SENTENCES, sentence
from signaling.services.stores import ConflictError
from signaling.web.messages.base import ErrorBody

Locale = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class _Problem:
    status: int
    zh: str
    en: str


_PROBLEMS: Final[Mapping[str, _Problem]] = MappingProxyType(
    {
        "malformed": _Problem(400, "请求内容不对，请刷新页面再试。", "Malformed request. Reload the page."),
        "too_large": _Problem(413, "内容太大，请减少后再试。", "Too large. Send less and try again."),
        "unknown_command": _Problem(404, "没有这个操作，请刷新页面。", "No such command. Reload the page."),
        "not_found": _Problem(404, "没有找到，可能已被删除。", "Not found; it may have been removed."),
        "not_signed_in": _Problem(401, "登录已失效，请重新登录。", "Please sign in again."),
        "forbidden": _Problem(403, "您没有此项权限。", "You may not do this."),
        "demo_password": _Problem(403, "请输入服务器终端上显示的演示密码。", "Enter the demo password."),
        "conflict": _Problem(409, "别人刚刚改过，请再试一次。", "Somebody else just changed it. Try again."),
        "too_many": _Problem(429, "操作太快，请稍候再试。", "Too many requests. Wait a moment."),
        "media_forbidden": _Problem(403, "地址无效，请刷新页面。", "Not a valid address. Reload the page."),
        "media_expired": _Problem(403, "地址已过期，请刷新页面。", "The address expired. Reload the page."),
        "too_slow": _Problem(408, "传送太慢，请检查网络后再试。", "Too slow. Check the network, try again."),
        "not_an_image": _Problem(415, "只收 JPEG 或 PNG 照片。", "Pictures must be JPEG or PNG."),
        "too_many_pixels": _Problem(422, "照片尺寸太大，请调低分辨率。", "Too many pixels. Send fewer."),
        "hash_mismatch": _Problem(422, "照片在传送中损坏，请重拍。", "Damaged on the way. Take it again."),
        "file_damaged": _Problem(422, "文件在传送中损坏，请再传一次。", "Damaged on the way. Send it again."),
        "size_mismatch": _Problem(422, "照片尺寸与说明不符，请重拍。", "Not the size stated. Take it again."),
        "unsupported": _Problem(422, "这种音视频格式不支持，请换一个浏览器。", "Unsupported media format."),
        "limit_reached": _Problem(429, "同时打开的音视频太多，请关掉一些。", "Too many streams. Close some."),
        "media_unreachable": _Problem(503, "音视频服务正在重启，请稍候。", "Media is restarting."),
        "shutting_down": _Problem(503, "服务正在重启，请稍候。", "The server is restarting. Wait a moment."),
        "internal": _Problem(500, "服务器出错，请稍后再试。", "The server failed. Try again later."),
    }
)
"""What the web itself refuses; sentences of the services' codes are in `domain.sentences`."""

_DOMAIN_STATUS: Final[Mapping[type[DomainError], int]] = MappingProxyType(
    {
        NotFoundError: 404,
        ForbiddenError: 403,
        StateError: 409,
        InvalidError: 422,
        LimitError: 429,
        SignInError: 401,
        BusyError: 503,
    }
)


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


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal ready to be told: HTTP status and body."""

    status: int
    body: ErrorBody


def refusal_of(error: Exception, locale: Locale) -> Refusal | None:
    """Return what is told about an error; None for one that is our own fault and must be logged."""
    if isinstance(error, DomainError):
        return _of_domain(error, locale)
    if isinstance(error, Refused):
        return _of_web(error.code, locale, error.field)
    if isinstance(error, ConflictError):
        return _of_web("conflict", locale)
    return None


def failure(locale: Locale) -> Refusal:
    """Return what is told when we failed."""
    return _of_web("internal", locale)


def _of_web(code: str, locale: Locale, field: str | None = None) -> Refusal:
    problem = _PROBLEMS[code]
    text = problem.en if locale == "en" else problem.zh
    return Refusal(problem.status, ErrorBody(code=code, sentence=text, field=field))


def _of_domain(error: DomainError, locale: Locale) -> Refusal:
    status = next((status for kind, status in _DOMAIN_STATUS.items() if isinstance(error, kind)), 400)
    told = {name: value for name, value in error.details.items() if isinstance(value, str | int | float)}
    text = sentence(error.code, locale, error.details)
    if error.code in _PROBLEMS and error.code not in SENTENCES:  # what the media process refuses
        text = _of_web(error.code, locale).body.sentence
    body = ErrorBody(code=error.code, sentence=text, field=error.field, details=told)
    return Refusal(status, body)


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
