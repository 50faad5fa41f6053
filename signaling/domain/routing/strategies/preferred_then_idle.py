"""Offer to the person the request prefers (who handled it last), then to the longest idle."""

from signaling.domain.routing.model import Candidate


def preferred_then_idle(candidate: Candidate, preferred: bool) -> tuple[float, ...]:
    """Rank by being preferred, then by how long they are free."""
    return (0.0 if preferred else 1.0, candidate.standing.idle_since)
