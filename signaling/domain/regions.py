"""The region tree (省 / 州市 / 县市区 / 乡镇街道 / 村社区) and scope: a node covers its whole subtree."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from signaling.domain.errors import NotFoundError
from signaling.domain.ids import RegionCode


class RegionLevel(StrEnum):
    """Administrative levels, from the widest to the narrowest."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"


EVERYWHERE: Final = ""
"""The scope of who was made before there was any region: all that will be there."""
_FROM_THE_WIDEST: Final = tuple(RegionLevel)


def is_below(level: RegionLevel, other: RegionLevel) -> bool:
    """True when a region of the level can lie in one of the other."""
    return _FROM_THE_WIDEST.index(level) > _FROM_THE_WIDEST.index(other)


@dataclass(frozen=True, slots=True)
class Region:
    """One node; `code` is its administrative division code.

    A retired one stays for what happened there; nothing new is put below it.
    """

    code: RegionCode
    name: str
    level: RegionLevel
    parent: RegionCode | None
    retired: bool = False


class RegionTree:
    """All regions of the deployment; immutable.

    Raises:
        ValueError: a parent is missing or the parents form a circle (our data is broken).
    """

    def __init__(self, regions: Iterable[Region]) -> None:
        self._regions = {region.code: region for region in regions}
        self._chains = {code: tuple(self._climb(code)) for code in self._regions}
        self._above = {code: tuple(region.code for region in chain) for code, chain in self._chains.items()}

    def _climb(self, code: RegionCode) -> Iterator[Region]:
        seen: set[RegionCode] = set()
        at: RegionCode | None = code
        while at is not None:
            if at in seen or at not in self._regions:
                raise ValueError(f"region {code}: broken chain at {at}")
            seen.add(at)
            region = self._regions[at]
            yield region
            at = region.parent

    def __iter__(self) -> Iterator[Region]:
        return iter(self._regions.values())

    def __contains__(self, code: object) -> bool:
        return code in self._regions

    def get(self, code: RegionCode) -> Region:
        """Return the region; raise `region_not_found`."""
        try:
            return self._regions[code]
        except KeyError:
            raise NotFoundError("region_not_found", field="region_code") from None

    def above(self, code: RegionCode) -> tuple[RegionCode, ...]:
        """Return a region and those that cover it, nearest first; nothing for an unknown one."""
        return self._above.get(code, ())

    def covers(self, scope: RegionCode, code: RegionCode) -> bool:
        """True when `code` is `scope` or lies below it; unknown codes are covered by EVERYWHERE only."""
        return scope == EVERYWHERE or scope in self.above(code)

    def path(self, code: RegionCode) -> str:
        """Name a region from the county down, e.g. `贡山独龙族怒族自治县 / 独龙江乡`; wider regions by
        their own name.
        """
        wide = (RegionLevel.PROVINCE, RegionLevel.PREFECTURE)
        chain = self._chains.get(code, ())
        names = [region.name for region in reversed(chain) if region.level not in wide]
        return " / ".join(names) if names else (chain[0].name if chain else code)
