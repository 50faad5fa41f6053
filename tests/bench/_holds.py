"""What a benchmark holds: bounds beside the figures they bind, and how every benchmark ends."""

import json as json_format
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Hold:
    """One bound.

    Attributes:
        name: of the figure, with its unit.
        limit: the figure is to stay below it, or with `at_least` not to fall below it.
        value: the figure; None when it could not be had, which is not held.
    """

    name: str
    limit: float
    value: float | None
    at_least: bool = False

    @property
    def held(self) -> bool:
        """Whether the figure keeps to the bound; one that is no number does not."""
        if self.value is None or math.isnan(self.value):
            return False
        return self.value >= self.limit if self.at_least else self.value < self.limit

    def to_json(self) -> dict[str, Any]:
        """Return the bound as every benchmark prints it; NaN, which JSON lacks, as null."""
        known = self.value is not None and not math.isnan(self.value)
        return {
            "name": self.name,
            "limit": self.limit,
            "value": self.value if known else None,
            "held": self.held,
        }


def finish(
    figures: dict[str, Any], holds: list[Hold], table: Callable[[dict[str, Any]], str], *, json: bool
) -> int:
    """Print what was measured, and apart from it what is not held; return the exit status.

    Args:
        table: makes lines for people of `figures`.
        json: print one JSON object instead, which ends with `holds`.
    """
    whole = figures | {"holds": [hold.to_json() for hold in holds]}
    print(json_format.dumps(whole, indent=2) if json else table(figures))
    for hold in holds:
        if not hold.held:
            bound = "at least" if hold.at_least else "below"
            print(f"{hold.name}: {hold.value} is not {bound} {hold.limit:g}", file=sys.stderr)
    return 0 if all(hold.held for hold in holds) else 1
