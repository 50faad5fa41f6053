"""Lines that are learned from keep what is asked for, not who asks: what names somebody is taken out.

By rule, since the lines are short: names that are known (the applicant's, colleagues'), names after 我叫
and the like, runs of digits (phones, identity, card and house numbers), places the region tree knows, and
addresses written as such. A name that is dropped in passing is not recognised: curators read the lines.
"""

import re
from collections.abc import Iterable
from typing import Final

from signaling.domain.search.text import normalise

MOST: Final = 60
"""Characters of a line that are kept."""
_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔"
    "谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛阎段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤和普阿腊木丰怒欧密祝此"
)
_INTRODUCED: Final = re.compile(
    rf"(我叫|叫做|名叫|名字是|名字叫|姓名是?|我是)[:：\s]?[{_SURNAMES}][一-鿿]{{1,3}}(?=$|[\s,,。.、;]|的|要|想|来)"
)
_NUMBER: Final = re.compile(r"[0-9][0-9\- ]{3,}[0-9xX]")
_ADDRESS: Final = re.compile(
    r"[一-鿿]{2,4}(?:自治州|自治县|乡|镇|街道|村委会|村|社区|小区)(?:[一-鿿]{0,3}组)?(?:\s*[0-9]+\s*[号栋组社室])*"
)
_HOUSE: Final = re.compile(r"[0-9]+\s*(?:号楼|号|栋|幢|单元|室|组|社)")
_GAPS: Final = re.compile(r"\s+")
_OWN: Final = frozenset("我你他她它这那哪个本全各在到去从是住搬回来把")


def masked(line: str, *, names: Iterable[str] = (), places: Iterable[str] = ()) -> str:
    """Return a line without what names somebody, at most `MOST` characters.

    Args:
        names: of people of the session.
        places: names of regions and service points.
    """
    text = normalise(line)
    known = {normalise(name) for name in (*names, *places) if len(name) > 1}
    for name in sorted(known, key=len, reverse=True):
        text = text.replace(name, " ")
    text = _INTRODUCED.sub(r"\1 ", text)
    text = _NUMBER.sub(" ", text)
    text = _ADDRESS.sub(_address, text)
    text = _HOUSE.sub(" ", text)
    return _GAPS.sub(" ", text).strip()[:MOST].strip()


def _address(match: re.Match[str]) -> str:
    """Leave 这个村, 我们乡 and what is no place's name; take out 上帕镇, 腊乌村 3 组."""
    return match[0] if _OWN & set(match[0]) else " "
