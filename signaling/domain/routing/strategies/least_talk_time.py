"""Offer to whoever talked the least today."""

from signaling.domain.routing.model import Candidate


def least_talk_time(candidate: Candidate, preferred: bool) -> tuple[float, ...]:
    """Rank by today's seconds in calls, then by how long they are free."""
    return (candidate.standing.talk_today_s, candidate.standing.idle_since)
