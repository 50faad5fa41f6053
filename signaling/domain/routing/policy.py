"""Routing policies: ordered steps that relax; each is an AND of conditions with an expiry."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from signaling.domain.routing.model import Candidate, Request

WIDENING: Final = ("village", "township", "county", "prefecture", "province")
"""Reach of a candidate's region, narrowest first."""


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """Who a step admits.

    Args:
        name: catalogue key of why somebody was admitted.
        widest: the widest reach admitted; narrower ones are too.
        language: whether the candidate must speak the request's language.
        least_level: least skill level.
        expires_after: seconds until the next step opens too; the last one's is ignored.
    """

    name: str
    widest: str
    language: bool
    least_level: int = 1
    expires_after: float = 30.0

    def admits(self, request: Request, candidate: Candidate) -> bool:
        """True when the candidate meets every condition."""
        return (
            candidate.reach is not None
            and WIDENING.index(candidate.reach) <= WIDENING.index(self.widest)
            and candidate.skill_level >= self.least_level
            and (not self.language or request.language in candidate.languages)
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """An ordered list of steps; earlier candidates stay eligible when a later step opens."""

    name: str
    steps: tuple[PolicyStep, ...]


DEFAULT_POLICY: Final = Policy(
    "default",
    (
        PolicyStep("own_county_with_language", "county", language=True),
        PolicyStep("own_county", "county", language=False),
        PolicyStep("prefecture_with_language", "prefecture", language=True),
        PolicyStep("prefecture", "province", language=False),
    ),
)

POLICIES: Final = {DEFAULT_POLICY.name: DEFAULT_POLICY}


def first_step(policy: Policy, request: Request, candidate: Candidate) -> int | None:
    """Return the index of the first step that admits the candidate, or None."""
    return next((i for i, step in enumerate(policy.steps) if step.admits(request, candidate)), None)


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
