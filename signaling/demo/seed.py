"""Read the sample data."""

import json
from importlib.resources import files
from typing import Any

from signaling.domain.items import Item, Lifecycle, QuestionAnswer
from signaling.domain.regions import Region, RegionLevel


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
