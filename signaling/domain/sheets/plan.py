"""What an import would change: lines for people, and one change of the directory."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from signaling.domain.directory_data import DirectoryChange, DirectoryData
from signaling.domain.sheets import check, read
from signaling.domain.sheets.cells import Cells
from signaling.domain.sheets.check import Places, Wrong
from signaling.domain.sheets.table import Cell, Fault, Row, Sheet
from signaling.domain.staff import Skill, SkillKind, Staff

T = TypeVar("T")
_KEYS: Final = {Sheet.STAFF: "username", Sheet.SKILLS: "username"}
_UNTOLD: Final = frozenset({"staff_id", "demo", "sample", "must_change_password", "version"})
_SHOWN: Final = 60
"""Letters of a value in a line."""


class Mark(StrEnum):
    """What happens to something."""

    NEW = "+"
    CHANGED = "~"
    GONE = "-"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that would change, and for a change each field with its value before and after."""

    mark: Mark
    sheet: Sheet
    key: str
    name: str
    changes: tuple[tuple[str, str, str], ...] = ()

    def __str__(self) -> str:
        told = "; ".join(f"{name}: {before or '—'} → {after or '—'}" for name, before, after in self.changes)
        return f"{self.mark} {self.sheet} {self.key} {self.name}" + (f" ({told})" if told else "")


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do; with faults nothing may be done of it.

    `unchanged` counts the rows that are as they are; `new_staff` have no password yet.
    """

    lines: tuple[Line, ...]
    change: DirectoryChange
    unchanged: int
    new_staff: tuple[Staff, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(slots=True)
class _Reading(Generic[T]):
    """One table's rows read: what is there afterwards, and the row each comes from."""

    present: Mapping[str, T]
    wanted: dict[str, T] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)

    @property
    def after(self) -> dict[str, T]:
        return {**self.present, **self.wanted}

    @property
    def changed(self) -> tuple[T, ...]:
        return tuple(one for key, one in self.wanted.items() if self.present.get(key) != one)


def plan(data: DirectoryData, rows: Sequence[Row], new_id: Callable[[], str]) -> Plan:
    """Compare rows with what is there.

    Args:
        data: what is there.
        rows: of every file.
        new_id: gives ids to new people.
    """
    return _Planner(data, rows, new_id).plan()


class _Planner:
    def __init__(self, data: DirectoryData, rows: Sequence[Row], new_id: Callable[[], str]) -> None:
        self._data = data
        self._faults: list[Fault] = []
        self._by_sheet: dict[Sheet, list[Row]] = defaultdict(list)
        for row in rows:
            self._by_sheet[row.sheet].append(row)
        self._regions = self._read(Sheet.REGIONS, {r.code: r for r in data.regions}, read.read_region)
        self._departments = self._read(
            Sheet.DEPARTMENTS, {d.department_id: d for d in data.departments}, read.read_department
        )
        self._points = self._read(Sheet.POINTS, {p.point_id: p for p in data.points}, read.read_point)
        self._items = self._read(Sheet.ITEMS, {item.code: item for item in data.items}, read.read_item)
        self._staff = self._read(
            Sheet.STAFF,
            {person.username: person for person in data.staff},
            lambda cells, present: read.read_staff(cells, present, new_id),
        )
        self._offered_before = _grouped(data.offerings)
        self._offered = self._read_offered()
        self._skills = self._read_skills()

    def plan(self) -> Plan:
        self._check()
        if self._faults:
            return Plan((), DirectoryChange(), 0, faults=tuple(sorted(self._faults, key=_place)))
        change = DirectoryChange(
            regions=self._regions.changed,
            departments=self._departments.changed,
            points=self._points.changed,
            items=self._items.changed,
            staff=self._staff.changed,
            skills={staff_id: held for staff_id, held in self._skills.items() if self._differs(staff_id)},
            offered=tuple(self._moved(self._offered, self._offered_before)),
            withdrawn=tuple(self._moved(self._offered_before, self._offered)),
        )
        lines = tuple(self._lines())
        changed = {(line.sheet, line.key) for line in lines}
        named = {(row.sheet, _key(row)) for rows in self._by_sheet.values() for row in rows}
        known = {person.username for person in self._data.staff}
        new_staff = tuple(one for one in self._staff.changed if one.username not in known)
        return Plan(lines, change, len(named - changed), new_staff)

    def _read(
        self, sheet: Sheet, present: Mapping[str, T], reader: Callable[[Cells, T | None], T]
    ) -> _Reading[T]:
        reading = _Reading(present)
        for row in self._by_sheet[sheet]:
            key = _key(row)
            if key in reading.rows:
                self._fault(row, Wrong("", f"{key} is in line {reading.rows[key].line} too", "Remove one"))
                continue
            reading.rows[key] = row
            reading.wanted[key] = reader(Cells(row, self._faults), present.get(key))
        return reading

    def _read_offered(self) -> dict[str, frozenset[str]]:
        offered = dict(self._offered_before)
        for code, row in self._items.rows.items():
            if "offered_in" in row.cells:
                offered[code] = frozenset(Cells(row, self._faults).words("offered_in", ()))
        return offered

    def _read_skills(self) -> dict[str, tuple[Skill, ...]]:
        """Return what the people named in the skills file can take from then on."""
        held: dict[str, dict[tuple[SkillKind, str], Skill]] = defaultdict(dict)
        bureaus = {one.bureau for one in self._departments.after.values()}
        bureaus |= {item.department for item in self._items.after.values()}
        for row in self._by_sheet[Sheet.SKILLS]:
            person = self._staff.after.get(_key(row))
            if person is None:
                told = f"names nobody ({_key(row)})", "Write a user name of the staff file"
                self._fault(row, Wrong("username", *told))
                continue
            skill = read.read_skill(Cells(row, self._faults), person.staff_id)
            known: Iterable[str] = self._items.after if skill.kind is SkillKind.ITEM else bureaus
            if skill.target and skill.target not in known:
                told = f"names no {skill.kind} ({skill.target})", "Write an item's code, or a bureau's name"
                self._fault(row, Wrong("target", *told))
            if (skill.kind, skill.target) in held[person.staff_id]:
                self._fault(row, Wrong("target", f"{skill.target} is there twice", "Remove one"))
            held[person.staff_id][skill.kind, skill.target] = skill
        return {staff_id: tuple(by_target.values()) for staff_id, by_target in held.items()}

    def _check(self) -> None:
        there = Places(self._regions.after, self._departments.after, self._points.after)
        for region in there.regions.values():
            row = self._regions.rows.get(region.code) or self._regions.rows.get(region.parent or "")
            if row is not None:
                self._note(row, check.check_region(region, there))
        for key, region in self._regions.wanted.items():
            self._note(
                self._regions.rows[key], check.check_retired(region, there, self._staff.after.values())
            )
        for key, department in self._departments.wanted.items():
            self._note(self._departments.rows[key], check.check_department(department, there))
        for key, point in self._points.wanted.items():
            self._note(self._points.rows[key], check.check_point(point, there))
        for key, row in self._items.rows.items():
            self._note(row, check.check_offered(self._offered.get(key, ()), there))
        for key, person in self._staff.wanted.items():
            present = self._staff.present.get(key)
            self._note(self._staff.rows[key], check.check_staff(person, present, there))

    def _note(self, row: Row, wrong: Iterable[Wrong]) -> None:
        for one in wrong:
            self._fault(row, one)

    def _fault(self, row: Row, wrong: Wrong) -> None:
        self._faults.append(Fault(row.file, row.line, *wrong))

    def _moved(
        self, here: Mapping[str, frozenset[str]], there: Mapping[str, frozenset[str]]
    ) -> Iterable[tuple[str, str]]:
        for code, regions in here.items():
            for region_code in sorted(regions - there.get(code, frozenset())):
                yield code, region_code

    def _differs(self, staff_id: str) -> bool:
        before = {skill for skill in self._data.skills if skill.staff_id == staff_id}
        return before != set(self._skills[staff_id])

    def _lines(self) -> Iterable[Line]:
        yield from _lines_of(Sheet.REGIONS, self._regions)
        yield from _lines_of(Sheet.DEPARTMENTS, self._departments)
        yield from _lines_of(Sheet.POINTS, self._points)
        yield from self._item_lines()
        yield from _lines_of(Sheet.STAFF, self._staff)
        names = {person.staff_id: username for username, person in self._staff.after.items()}
        for staff_id in self._skills:
            if self._differs(staff_id):
                before = [skill for skill in self._data.skills if skill.staff_id == staff_id]
                told = ("skills", _told_skills(before), _told_skills(self._skills[staff_id]))
                yield Line(Mark.CHANGED, Sheet.SKILLS, names[staff_id], "", (told,))

    def _item_lines(self) -> Iterable[Line]:
        """An item's line tells where it is offered too."""
        lines = {line.key: line for line in _lines_of(Sheet.ITEMS, self._items)}
        for code, item in self._items.wanted.items():
            before, after = self._offered_before.get(code, frozenset()), self._offered.get(code, frozenset())
            told = ("offered_in", _told(tuple(sorted(before))), _told(tuple(sorted(after))))
            line = lines.get(code)
            if before != after:
                mark = line.mark if line else Mark.CHANGED
                yield Line(mark, Sheet.ITEMS, code, item.name, (*(line.changes if line else ()), told))
            elif line is not None:
                yield line


def _lines_of(sheet: Sheet, reading: _Reading[Any]) -> Iterable[Line]:
    for key, after in reading.wanted.items():
        before = reading.present.get(key)
        if before is None:
            yield Line(Mark.NEW, sheet, key, after.name)
        elif before != after:
            yield Line(Mark.CHANGED, sheet, key, after.name, tuple(_differences(before, after)))


def _differences(before: Any, after: Any) -> Iterable[tuple[str, str, str]]:
    for one in fields(before):
        old, new = getattr(before, one.name), getattr(after, one.name)
        if old != new and one.name not in _UNTOLD:
            yield one.name, _told(old), _told(new)


def _told(value: object) -> str:
    if isinstance(value, frozenset | tuple):
        parts = sorted(map(_told, value)) if isinstance(value, frozenset) else list(map(_told, value))
        text = "|".join(parts)
    else:
        text = "" if value is None else str(getattr(value, "question", value))
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _told_skills(skills: Iterable[Skill]) -> str:
    return ", ".join(sorted(f"{skill.target} {skill.level}" for skill in skills))


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for code, region_code in pairs:
        found[code].add(region_code)
    return {code: frozenset(regions) for code, regions in found.items()}


def _key(row: Row) -> str:
    cell: Cell = row.cells.get(_KEYS.get(row.sheet, "code"), "")
    return cell.strip() if isinstance(cell, str) else ""


def _place(fault: Fault) -> tuple[str, int]:
    return fault.file, fault.line
