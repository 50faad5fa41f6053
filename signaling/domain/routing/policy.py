"""Routing policies, which are data: ordered steps that relax, each an AND of conditions with an expiry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from signaling.domain.ids import ItemCode, RegionCode
from signaling.domain.items import GENERAL_DESK
from signaling.domain.routing.model import Profile, Request

WIDENING: Final = ("village", "township", "county", "prefecture", "province")
"""Reach of a candidate's region, narrowest first."""
_WIDTH: Final = {reach: width for width, reach in enumerate(WIDENING)}


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """Who a step admits: whoever meets every condition.

    Args:
        name: catalogue key of why somebody was admitted.
        widest: the widest reach admitted; narrower ones are too.
        language: whether the candidate must speak the request's language.
        least_level: least skill level.
        post: a post the candidate must hold, if any.
        bureau: the bureau a department of the candidate must be of, if any.
        preferred: admits whom the request prefers and nobody else; they go before the strategy's order.
        expires_after: seconds until the next step opens too; the last one's is ignored.
    """

    name: str
    widest: str = "province"
    language: bool = False
    least_level: int = 1
    post: str | None = None
    bureau: str | None = None
    preferred: bool = False
    expires_after: float = 30.0

    def admits(self, request: Request, profile: Profile, *, preferred: bool) -> bool:
        """True for a profile that meets every condition; `preferred`: it is whom the request prefers."""
        return (
            (preferred or not self.preferred)
            and _WIDTH[profile.reach] <= _WIDTH[self.widest]
            and profile.skill_level >= self.least_level
            and (not self.language or request.language in profile.languages)
            and (self.post is None or self.post in profile.posts)
            and (self.bureau is None or self.bureau in profile.bureaus)
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """An ordered list of steps; earlier candidates stay eligible when a later step opens."""

    name: str
    steps: tuple[PolicyStep, ...]


DEFAULT_POLICY: Final = Policy(
    "default",
    (
        PolicyStep("preferred", preferred=True, expires_after=0.0),  # first when free, waited for by nobody
        PolicyStep("own_county_with_language", "county", language=True),
        PolicyStep("own_county", "county"),
        PolicyStep("prefecture_with_language", "prefecture", language=True),
        PolicyStep("prefecture"),
    ),
)

GENERAL_POLICY: Final = Policy(
    "general_desk",
    (
        PolicyStep("preferred", preferred=True, expires_after=0.0),
        PolicyStep("general_desk", "county", bureau=GENERAL_DESK.department),
        PolicyStep("general_desk_prefecture", "prefecture", bureau=GENERAL_DESK.department),
        PolicyStep("own_county", "county"),
        PolicyStep("prefecture"),
    ),
)
"""For calls about no item: the general desk first, then anybody who answers calls."""


@dataclass(frozen=True, slots=True)
class Policies:
    """Which policy a call goes by: its item's, else its department's, else its nearest region's, else one."""

    default: Policy = DEFAULT_POLICY
    of_items: Mapping[ItemCode, Policy] = field(default_factory=dict)
    of_departments: Mapping[str, Policy] = field(default_factory=dict)
    of_regions: Mapping[RegionCode, Policy] = field(default_factory=dict)

    def for_call(self, request: Request, regions: Sequence[RegionCode]) -> Policy:
        """Return the policy of a call; `regions` are its region and those above, nearest first."""
        if request.item_code in self.of_items:
            return self.of_items[request.item_code]
        if request.department in self.of_departments:
            return self.of_departments[request.department]
        if request.item_code == GENERAL_DESK.code:
            return GENERAL_POLICY
        return next((self.of_regions[code] for code in regions if code in self.of_regions), self.default)


def first_step(policy: Policy, request: Request, profile: Profile, *, preferred: bool) -> int | None:
    """Return the index of the first step that admits a profile, or None."""
    for index, step in enumerate(policy.steps):
        if step.admits(request, profile, preferred=preferred):
            return index
    return None


def openings(policy: Policy, requested_at: float, populated: Sequence[bool]) -> tuple[float, ...]:
    """Return when each step opens.

    A step that admits nobody who is signed in costs no time: waiting for it to expire would help nobody.

    Args:
        requested_at: when the call was requested; the first step opens then.
        populated: for each step, whether it newly admits somebody signed in.
    """
    opens: list[float] = []
    at = requested_at
    for step, anybody in zip(policy.steps, populated, strict=True):
        opens.append(at)
        at += step.expires_after if anybody else 0.0
    return tuple(opens)
