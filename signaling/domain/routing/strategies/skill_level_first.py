"""Offer to the most skilled, then to whoever has been free the longest."""

from signaling.domain.routing.model import Candidate


def skill_level_first(candidate: Candidate, preferred: bool) -> tuple[float, ...]:
    """Rank by skill level, highest first, then by how long they are free."""
    return (-float(candidate.profile.skill_level), candidate.standing.idle_since)
