"""What the tables' columns are, and what a file's rows look like when they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

Cell: TypeAlias = str | tuple[str, ...]
"""A text, or the parts of a list; in CSV a list is one cell with `|` between its parts."""


class Sheet(StrEnum):
    """The tables, in the order in which one may name things of those before."""

    REGIONS = "regions"
    DEPARTMENTS = "departments"
    POINTS = "points"
    ITEMS = "items"
    STAFF = "staff"
    SKILLS = "skills"


COLUMNS: Final[Mapping[Sheet, Mapping[str, str]]] = MappingProxyType(
    {
        Sheet.REGIONS: {
            "code": "代码",
            "name": "名称",
            "level": "层级",
            "parent": "上级地区",
            "enabled": "启用",
        },
        Sheet.DEPARTMENTS: {
            "code": "编码",
            "bureau": "部门",
            "name": "全称",
            "spoken": "口语名称",
            "region": "地区",
            "phone": "电话",
            "office_hours": "办公时间",
            "enabled": "启用",
        },
        Sheet.POINTS: {
            "code": "编码",
            "name": "名称",
            "region": "地区",
            "phone": "电话",
            "opening_hours": "开放时间",
            "equipment": "设备",
            "languages": "语言",
            "enabled": "启用",
        },
        Sheet.ITEMS: {
            "code": "编码",
            "name": "名称",
            "department": "部门",
            "level": "办理层级",
            "keywords": "关键词",
            "materials": "材料",
            "steps": "步骤",
            "faq": "问答",
            "languages": "语言",
            "lifecycle": "状态",
            "offered_in": "开通地区",
        },
        Sheet.STAFF: {
            "username": "登录名",
            "name": "姓名",
            "roles": "角色",
            "posts": "岗位",
            "region": "地区",
            "departments": "部门编码",
            "point": "服务点编码",
            "languages": "语言",
            "enabled": "启用",
        },
        Sheet.SKILLS: {
            "username": "登录名",
            "kind": "类别",
            "target": "事项编码或部门",
            "level": "熟练程度",
        },
    }
)
"""Each table's columns and the Chinese names a file may use for them."""

LISTS: Final = frozenset(
    {
        "equipment",
        "languages",
        "keywords",
        "materials",
        "steps",
        "faq",
        "offered_in",
        "roles",
        "posts",
        "departments",
    }
)
"""Columns that hold lists; `faq` holds question, answer, question, answer, …"""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file; `line` counts from 1, as editors do."""

    sheet: Sheet
    file: str
    line: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a file cannot be imported: where, what is wrong, and what to do."""

    file: str
    line: int
    field: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" + (f", {self.field}" if self.field else "")
        return f"{where}: {self.problem}. {self.remedy}."


def column_named(sheet: Sheet, header: str) -> str | None:
    """Return the column that a header means, by its own name or the Chinese one."""
    text = header.strip()
    return next((name for name, zh in COLUMNS[sheet].items() if text in (name, zh)), None)


def split(text: str) -> tuple[str, ...]:
    """Return the parts of a list in one cell; a part's own `|` and backslash have a backslash before them."""
    parts, part, escaped = [], "", False
    for letter in text:
        if escaped:
            part += letter if letter in "|\\" else f"\\{letter}"
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == "|":
            parts.append(part)
            part = ""
        else:
            part += letter
    parts.append(part + ("\\" if escaped else ""))
    return tuple(stripped for one in parts if (stripped := one.strip()))


def join(parts: tuple[str, ...]) -> str:
    """Return a list as one cell; the opposite of `split`."""
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)
