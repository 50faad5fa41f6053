"""Judge everybody who answers calls for one call, by name: why would they be rung, or not?

Routing itself counts most of them; here somebody asks about each, so each goes before the judge.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from signaling.domain.ids import RegionCode, StaffId
from signaling.domain.routing.decision import Reason
from signaling.domain.routing.judge import Admitted, admit, judge
from signaling.domain.routing.model import Request
from signaling.domain.routing.policy import Policy
from signaling.domain.routing.pool import Pool
from signaling.domain.routing.roster import Responder


class Unfit(StrEnum):
    """Why the judge does not even see somebody."""

    NO_SKILL = "no_skill"
    OUT_OF_REGION = "out_of_region"


class Verdict(NamedTuple):
    """Somebody and why they would be rung (`chosen`) or not."""

    staff_id: StaffId
    reason: Reason | Unfit


def one_by_one(
    request: Request,
    responders: Iterable[Responder],
    pool: Pool,
    *,
    regions: Sequence[RegionCode],
    policy: Policy,
    now: float,
) -> list[Verdict]:
    """Return everybody's verdict, those nearest to being rung first; arguments as of `choose`."""
    seen: list[Admitted] = []
    unfit: list[Verdict] = []
    for responder in responders:
        profile = responder.profile(request.item_code, request.department)
        if profile.skill_level == 0:
            unfit.append(Verdict(responder.staff_id, Unfit.NO_SKILL))
        elif responder.region_code not in regions:
            unfit.append(Verdict(responder.staff_id, Unfit.OUT_OF_REGION))
        else:
            seen.append(admit(policy, request, pool.candidate(responder.staff_id, profile)))
    decision = judge(request, seen, [], now=now, strategy=pool.strategy, policy=policy)
    judged = [Verdict(entry.candidate.staff_id, entry.reason) for entry in decision.considered]
    return judged + sorted(unfit, key=lambda one: (one.reason is Unfit.NO_SKILL, one.staff_id))
