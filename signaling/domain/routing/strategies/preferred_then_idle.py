"""Offer to the person the request prefers (who handled it last), then to the longest idle."""

from signaling.domain.routing.model import Candidate, Request


def preferred_then_idle(request: Request, candidate: Candidate) -> tuple[float, ...]:
    """Rank by being preferred, then by how long they are free."""
    return (0.0 if candidate.staff_id == request.preferred_staff_id else 1.0, candidate.idle_since)
