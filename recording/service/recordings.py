"""Recordings of calls from the signalling's point of view: where to write, when to mux, what to replay."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import reduce
from pathlib import Path
from urllib.parse import quote

from recording.config import RecordingSettings, checked_name
from recording.jobs import Catalogue, JobQueue, JournalDisk, MuxJob, MuxWorker
from recording.jobs.state import whole_state
from recording.jobs.work import Clock, look
from recording.mux import RecordingIndex
from recording.replay import Manifest, MediaSigner, Viewer, build_manifest
from recording.service.media import MediaResponse, answer_media
from recording.storage import Storage

MEDIA_PREFIX = "/media/"


class RecordingService:
    """Façade over journals, jobs, storage and replay.

    Args:
        catalogue: indexes of finished recordings.

    Raises:
        ValueError: from the constructor, for a short media secret or an unknown suite.
    """

    def __init__(
        self, settings: RecordingSettings, storage: Storage, jobs: JobQueue, catalogue: Catalogue
    ) -> None:
        self._settings = settings
        self._disk = JournalDisk(settings.journal_root)
        self._storage = storage
        self._jobs = jobs
        self._catalogue = catalogue
        self._signer = MediaSigner(
            settings.media_secret, suite=settings.suite, lifetime=settings.address_lifetime
        )

    def journal_directory(self, call_id: str) -> Path:
        """Return where the call is journalled: the tap option `directory`. Raises InvalidNameError."""
        return self._disk.directory(call_id)

    async def close_call(self, call_id: str, now: float) -> None:
        """The call is over and its router closed: whichever disks have journals of it have them muxed.

        Args:
            now: wall seconds.
        """
        await self._jobs.announce(checked_name(call_id), now)

    async def recover(self, is_closed: Callable[[str], Awaitable[bool]], now: float) -> list[str]:
        """Announce each journalled call that is closed and of which nobody said so; return their ids.

        Live calls are left alone. Journals on a disk that this process sees are found here, others by the
        workers that see theirs.
        """
        if await asyncio.to_thread(self._disk.calls):
            await look(self._disk, await asyncio.to_thread(self._disk.host), self._jobs, now)
        closed = [call_id for call_id in await self._jobs.open_calls() if await is_closed(call_id)]
        for call_id in closed:
            await self.close_call(call_id, now)
        return closed

    async def state(self, call_id: str, now: float) -> MuxJob | None:
        """Return how far the call's recording is, over all disks; None when nothing was recorded.

        FAILED also when no disk has said within `host_patience` that it holds the call's journals.
        """
        return whole_state(await self._jobs.of_call(call_id), now - self._settings.host_patience)

    async def index(self, call_id: str) -> RecordingIndex | None:
        """Return the index of a finished recording, joined over all disks."""
        indexes = [RecordingIndex.from_json(text) for text in (await self._catalogue.load(call_id)).values()]
        return reduce(RecordingIndex.joined, indexes) if indexes else None

    async def manifest(self, call_id: str, *, viewer: Viewer, now: float) -> Manifest | None:
        """Return what the page of `viewer` plays from; None while the call is not muxed.

        The caller checks that the user may look, and writes the audit row.
        """
        index = await self.index(call_id)
        if index is None:
            return None

        query, expires_at = self.media_query(call_id, viewer=viewer, now=now)
        return build_manifest(index, lambda key: f"{MEDIA_PREFIX}{quote(key)}?{query}", expires_at)

    def media_query(self, call_id: str, *, viewer: Viewer, now: float) -> tuple[str, float]:
        """Return the query with which `viewer` reads the call's files, and the wall seconds until it does.

        The caller checks that the user may look.
        """
        return self._signer.query(call_id, viewer, now), self._signer.expires_at(now)

    async def open_media(
        self,
        key: str,
        query: Mapping[str, str],
        range_header: str | None,
        now: float,
        *,
        holders: Iterable[str],
    ) -> MediaResponse:
        """Answer `GET /media/<key>?<query>` with an optional Range header.

        The caller checks that the sign-in of the response's viewer still lives, before any of it is sent.

        Args:
            holders: what the request shows of whose it is.

        Raises:
            RecordingError: `media_forbidden`, `media_expired` (403), `not_found`, `invalid_name` (404) or
                `range` (416).
        """
        viewer = self._signer.verify(key, query, holders, now)
        remaining = max(0, int(int(query["expires"]) - now))
        return await answer_media(self._storage, key, range_header, viewer, remaining)

    async def delete(self, call_id: str) -> None:
        """Remove journals, media, jobs and index of a call; what a worker still writes goes with its job.

        Journals on a disk that is not seen here go when a worker there looks next.
        """
        await self._jobs.forget(call_id)
        await asyncio.to_thread(self._disk.delete, call_id)
        await self._storage.delete_call(call_id)
        await self._catalogue.forget(call_id)

    def worker(self, name: str, clock: Clock) -> MuxWorker:
        """Return a worker over the same ports."""
        return MuxWorker(self._settings, self._storage, self._jobs, self._catalogue, worker=name, clock=clock)
