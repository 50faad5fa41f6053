"""The sample data as domain values: regions and items from JSON, points, departments, people and skills
from here.
"""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from signaling.domain.items import Item, Lifecycle, QuestionAnswer
from signaling.domain.places import Department, ServicePoint
from signaling.domain.regions import Region, RegionLevel
from signaling.domain.roles import Post, Role
from signaling.domain.staff import Staff

PREFECTURE: Final = "533300"
COUNTY: Final = "533324"
"""贡山, where the demo's two service points are."""
GENERAL_DESK: Final = "政务服务管理局"

_SHORT_REGIONS: Final = {
    "533300": ("怒江州", "州"),
    "533301": ("泸水市", "市"),
    "533323": ("福贡县", "县"),
    "533324": ("贡山县", "县"),
    "533325": ("兰坪县", "县"),
}
"""Region → how its departments are called in full, and what people put before the short name."""
_SPOKEN: Final = {
    "人力资源和社会保障局": "人社局",
    "医疗保障局": "医保局",
    "公安局(派出所)": "派出所",
    "公安局(交警)": "交警大队",
    "卫生健康局": "卫健局",
    "市场监督管理局": "市场监管局",
    "林业和草原局": "林草局",
    "住房公积金管理中心": "公积金中心",
    "残疾人联合会": "残联",
    "住房和城乡建设局": "住建局",
    "教育体育局": "教体局",
    "发展和改革局": "发改局",
    GENERAL_DESK: "政务服务局",
}


@dataclass(frozen=True, slots=True)
class Person:
    """A demo account and the bureaus it is skilled in, each with a level."""

    staff: Staff
    bureaus: tuple[tuple[str, int], ...] = ()


def _read(name: str) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = json.loads(files("signaling.demo").joinpath(name).read_text("utf-8"))
    return data


def sample_items() -> list[Item]:
    """Return the sample items, marked as such."""
    return [
        Item(
            code=row["code"],
            version=1,
            name=row["name"],
            department=row["department"],
            level=row["level"],
            keywords=tuple(row["keywords"]),
            materials=tuple(row["materials"]),
            steps=tuple(row["steps"]),
            questions=tuple(QuestionAnswer(entry["q"], entry["a"]) for entry in row["faq"]),
            languages=tuple(row["languages"]),
            lifecycle=Lifecycle.LIVE,
            sample=True,
        )
        for row in _read("items.json")
    ]


def sample_regions() -> list[Region]:
    """Return 怒江 prefecture's tree: province, prefecture, counties, townships."""
    return [
        Region(row["code"], row["name"], RegionLevel(row["level"]), row["parent"])
        for row in _read("regions.json")
    ]


def sample_points() -> list[ServicePoint]:
    """Return the two service points of 贡山."""
    equipment = ("电脑", "高拍仪", "摄像头", "打印机", "评价器")
    hours = "工作日 9:00–12:00, 13:30–17:00"
    return [
        ServicePoint(
            "point-dulongjiang",
            "独龙江乡便民服务中心",
            "533324204",
            "0886-0000101",
            hours,
            equipment,
            demo=True,
        ),
        ServicePoint(
            "point-bingzhongluo",
            "丙中洛镇便民服务中心",
            "533324102",
            "0886-0000102",
            hours,
            equipment,
            demo=True,
        ),
    ]


def department_id(region_code: str, bureau: str) -> str:
    """Return the id of a bureau's department in a region: its place in the sorted list of bureaus."""
    return f"dept-{region_code}-{_bureaus().index(bureau):02d}"


def sample_departments() -> list[Department]:
    """Return every bureau's department in each county and the prefecture; the phone numbers are made up."""
    return [
        Department(
            department_id=department_id(region_code, bureau),
            bureau=bureau,
            name=f"{short}{bureau}",
            spoken=f"{prefix}{_SPOKEN.get(bureau, bureau)}",
            region_code=region_code,
            phone=f"0886-00{number}1{index:02d}",
            office_hours="工作日 9:00–12:00, 13:30–17:00",
        )
        for number, (region_code, (short, prefix)) in enumerate(_SHORT_REGIONS.items(), start=1)
        for index, bureau in enumerate(_bureaus())
    ]


def sample_people() -> list[Person]:
    """Return a demo person for every role; the first of a role is the one the 体验 page signs in."""
    every = tuple((bureau, 2) for bureau in _bureaus() if bureau != GENERAL_DESK)
    medical = "医疗保障局"
    security = "人力资源和社会保障局"
    return [
        _clerk("demo-01", "wangxiuying", "王秀英", "point-dulongjiang", "533324204", "独龙语"),
        _clerk("demo-02", "hexiaomei", "和小梅", "point-bingzhongluo", "533324102", "怒语"),
        _specialist("demo-03", "liming", "李明", COUNTY, ((medical, 4),), "傈僳语"),
        _specialist("demo-04", "yangxueqin", "杨雪琴", COUNTY, ((security, 4), ("民政局", 3)), "独龙语"),
        _specialist("demo-05", "hezhiqiang", "和志强", PREFECTURE, ((medical, 5),), "傈僳语"),
        _specialist("demo-06", "mulan", "木兰", PREFECTURE, every, "怒语", desk=GENERAL_DESK),
        _specialist("demo-07", "zhaojun", "赵军", COUNTY, (), "傈僳语", Post.SUPERVISOR, GENERAL_DESK),
        _other("demo-08", "zhouping", "周萍", Role.REVIEWER),
        _other("demo-09", "duanlian", "段莲", Role.CURATOR),
        _other("demo-10", "admin", "李系统", Role.SYSTEM_ADMINISTRATOR),
        _other("demo-11", "security", "和安全", Role.SECURITY_ADMINISTRATOR),
        _other("demo-12", "audit", "余审计", Role.AUDIT_ADMINISTRATOR),
    ]


def _bureaus() -> list[str]:
    return [*sorted({row["department"] for row in _read("items.json")}), GENERAL_DESK]


def _clerk(staff_id: str, username: str, name: str, point_id: str, region_code: str, spoken: str) -> Person:
    return Person(
        Staff(
            staff_id,
            username,
            name,
            frozenset({Role.CLERK}),
            frozenset(),
            region_code,
            point_id=point_id,
            languages=("普通话", spoken),
            demo=True,
        )
    )


def _specialist(
    staff_id: str,
    username: str,
    name: str,
    region_code: str,
    bureaus: tuple[tuple[str, int], ...],
    spoken: str,
    post: Post = Post.RESPONDER,
    desk: str | None = None,
) -> Person:
    belongs = (desk,) if desk is not None else tuple(bureau for bureau, _ in bureaus)
    # The general desk and its supervisor look after every bureau: no department narrows what they see.
    departments = () if post is Post.SUPERVISOR else tuple(department_id(region_code, b) for b in belongs)
    staff = Staff(
        staff_id,
        username,
        name,
        frozenset({Role.SPECIALIST}),
        frozenset({post}),
        region_code,
        department_ids=departments,
        languages=("普通话", spoken),
        demo=True,
    )
    return Person(staff, bureaus)


def _other(staff_id: str, username: str, name: str, role: Role) -> Person:
    return Person(Staff(staff_id, username, name, frozenset({role}), frozenset(), PREFECTURE, demo=True))
