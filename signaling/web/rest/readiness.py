"""还差什么: what is missing before the first call can ring, and why nobody would be rung."""

from typing import Final

from signaling.domain.readiness import can_ring
from signaling.domain.roles import Permission
from signaling.web.messages.base import Empty
from signaling.web.messages.rest import ReadinessView, WhyNotQuery, WhyNotView
from signaling.web.present.readiness import finding_view, verdict_view
from signaling.web.rest.table import Asked, Endpoints

endpoints: Final = Endpoints("还差什么 readiness")


@endpoints.add("GET", "/api/readiness", summary="还差什么", permission=Permission.READINESS_READ)
async def findings(asked: Asked[Empty]) -> ReadinessView:
    """Each thing a first call needs, and whether it is there."""
    found = await asked.context.services.readiness.findings(asked.actor)
    return ReadinessView(can_ring=can_ring(found), findings=[finding_view(one) for one in found])


@endpoints.add(
    "GET", "/api/readiness/call", summary="这个呼叫会响在谁那里", permission=Permission.READINESS_READ
)
async def why_not(asked: Asked[WhyNotQuery]) -> WhyNotView:
    """Who would be rung for an item at a point now, and why each other would not be."""
    body, directory = asked.body, asked.context.directory
    readiness = asked.context.services.readiness
    found = await readiness.why_not(asked.actor, body.point, body.item, body.language)
    return WhyNotView(
        obstacles=list(found.obstacles),
        people=[verdict_view(one, directory) for one in found.people],
    )
