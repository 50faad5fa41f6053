"""Which passwords are too easy to guess, and why: short, of one kind, much used, or the account's name.

Not done: measuring entropy, asking a service about leaked passwords (no request leaves the house).
"""

import re
import string
from typing import Final

_PLAIN: Final = re.compile(r"[^0-9a-z\u4e00-\u9fff]")
_LEET: Final = str.maketrans("013457@$!", "oieastasi")
_AROUND: Final = string.digits + string.punctuation
_RUNS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "147258369",
)
"""Neighbours in an alphabet or on a keyboard, read either way."""
_COMMON: Final = frozenset(
    re.findall(
        r"\S+",
        """
    admin administrator root system user guest test demo password passwd pass passw0rd login welcome letmein
    iloveyou monkey dragon master sunshine princess football baseball shadow superman batman michael jordan
    hello secret access trustno changeme default temp temporary office windows microsoft computer internet
    samsung huawei xiaomi china beijing kunming yunnan nujiang gongshan dulongjiang shanghai zhongguo
    bangban zhengwu fuwu banshi zhongxin zhuanjia daobanyuan guanliyuan mima denglu woaini woaini1314
    woaizhongguo aini nihao wangba zhangsan lisi qwerty asdf zxcv qazwsx qaz aaa abc abcd abcabc xxx zzz
    spring summer autumn winter january monday 政务 服务 帮办 密码 管理员
    """,
    )
)
"""Words that lists of leaked passwords begin with, and those everybody here would try; digits around them
help nobody."""


def weakness(password: str, *, username: str, name: str, least: int) -> str | None:
    """Return the code of what is wrong with a new password, None when it will do.

    Args:
        username, name: of the account.
        least: how many characters it must have.
    """
    if len(password) < least:
        return "password_too_short"
    if len({_kind(character) for character in password}) == 1:
        return "password_one_kind"
    folded = password.casefold()
    if any(len(word) >= 3 and word.casefold() in folded for word in (username, name)):
        return "password_has_name"
    core = folded.strip(_AROUND)
    if any(_is_common(_PLAIN.sub("", one)) for one in (folded, core.translate(_LEET))):
        return "password_common"
    return None


def _kind(character: str) -> str:
    if character.isdecimal():
        return "digit"
    return "letter" if character.isalpha() else "sign"


def _is_common(plain: str) -> bool:
    """True for a word everybody tries with digits around it, for runs of neighbours, for few characters."""
    words = {plain.strip("0123456789"), plain.rstrip("0123456789"), plain}
    return not words.isdisjoint(_COMMON) or len(set(plain)) <= 3 or _all_runs(plain)


def _all_runs(plain: str) -> bool:
    """True when a password is nothing but runs of three neighbours or more, one after the other."""
    rest = plain
    while rest:
        length = next((n for n in range(len(rest), 2, -1) if _is_run(rest[:n])), 0)
        if not length:
            return len(rest) <= 2 and rest != plain
        rest = rest[length:]
    return True


def _is_run(part: str) -> bool:
    if len(set(part)) == 1:
        return True
    return any(part in run or part in run[::-1] for run in _RUNS)
