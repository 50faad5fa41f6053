"""Regions and items from JSON files, for a service that starts empty.

A regions file is a list of `{code, name, level, parent}`; an items file a list of `{code, name, department,
level, keywords, materials, steps, faq: [{q, a}], languages}`. Further keys are ignored, so that exports of
other systems need little work.
"""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from signaling.domain.items import Item, Lifecycle, QuestionAnswer
from signaling.domain.regions import Region, RegionLevel, RegionTree

Row = TypeVar("Row", bound=BaseModel)


class CatalogueFileError(Exception):
    """A file that cannot be imported; the message is a sentence."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore")

    code: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=200)


class _RegionRow(_Row):
    level: RegionLevel
    parent: str | None = None


class _QuestionRow(BaseModel):
    q: str
    a: str


class _ItemRow(_Row):
    department: str
    level: str
    keywords: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    faq: tuple[_QuestionRow, ...] = ()
    languages: tuple[str, ...] = ("普通话",)


def read_regions(path: Path) -> list[Region]:
    """Return the regions of a file, which must be a whole tree; raises `CatalogueFileError`."""
    regions = [Region(row.code, row.name, row.level, row.parent) for row in _read(path, _RegionRow)]
    try:
        RegionTree(regions)
    except ValueError as error:
        raise CatalogueFileError(f"{path}: {error}.") from None
    return regions


def read_items(path: Path) -> list[Item]:
    """Return the items of a file as live ones; raises `CatalogueFileError`."""
    return [
        Item(
            code=row.code,
            version=1,
            name=row.name,
            department=row.department,
            level=row.level,
            keywords=row.keywords,
            materials=row.materials,
            steps=row.steps,
            questions=tuple(QuestionAnswer(entry.q, entry.a) for entry in row.faq),
            languages=row.languages,
            lifecycle=Lifecycle.LIVE,
            sample=False,
        )
        for row in _read(path, _ItemRow)
    ]


def _read(path: Path, row: type[Row]) -> list[Row]:
    try:
        return TypeAdapter(list[row]).validate_json(path.read_bytes())  # type: ignore[valid-type]
    except OSError as error:
        raise CatalogueFileError(f"{path} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise CatalogueFileError(f"{path}, at {where}: {first['msg']}.") from None
