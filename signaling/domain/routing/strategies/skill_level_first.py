"""Offer to the most skilled, then to whoever has been free the longest."""

from signaling.domain.routing.model import Candidate, Request


def skill_level_first(request: Request, candidate: Candidate) -> tuple[float, ...]:
    """Rank by skill level, highest first, then by how long they are free."""
    return (-float(candidate.skill_level), candidate.idle_since)
