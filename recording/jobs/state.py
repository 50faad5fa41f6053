"""How far the recording of a whole call is, from its jobs on all disks. Pure."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from recording.jobs.port import NO_HOST, JobState, MuxJob

NOWHERE: Final = "No machine has the journals of this call."
_UNDER_WAY: Final = (JobState.LEASED, JobState.QUEUED, JobState.OPEN)
_ENDED: Final = (JobState.DONE, JobState.FAILED)
"""In this order one speaks for all: what is there can be watched, whatever another disk lost."""


def whole_state(jobs: Collection[MuxJob], patience_began: float) -> MuxJob | None:
    """Return the job that speaks for the call; None while it runs, and when nothing was recorded.

    Args:
        patience_began: wall seconds; a call announced before it whose journals nobody found is FAILED.
    """
    announced = next((job for job in jobs if job.host == NO_HOST), None)
    if announced is None or announced.state is JobState.DELETED:
        return None
    found = [job for job in jobs if job.host != NO_HOST]
    for state in (*_UNDER_WAY, *_ENDED):
        if matching := [job for job in found if job.state is state]:
            return min(matching, key=lambda job: job.progress)
    if found:
        return None
    lost = announced.state is not JobState.QUEUED or announced.enqueued_at < patience_began
    return replace(announced, state=JobState.FAILED, error=NOWHERE) if lost else announced
