"""Recordings of calls from the signalling's point of view: where to write, when to mux, what to replay."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from recording.config import RecordingSettings, checked_name
from recording.errors import InvalidNameError
from recording.jobs import Catalogue, JobQueue, JobState, MuxJob, MuxWorker
from recording.jobs.work import Clock
from recording.mux import RecordingIndex
from recording.mux.journals import journals_in
from recording.replay import Manifest, MediaSigner, build_manifest
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
        self._storage = storage
        self._jobs = jobs
        self._catalogue = catalogue
        self._signer = MediaSigner(
            settings.media_secret, suite=settings.suite, lifetime=settings.address_lifetime
        )

    def journal_directory(self, call_id: str) -> Path:
        """Return where the call is journalled: the tap option `directory`. Raises InvalidNameError."""
        return self._settings.journal_root / checked_name(call_id)

    async def close_call(self, call_id: str, now: float) -> MuxJob | None:
        """The call is over and its router closed: have it muxed; None when nothing was journalled.

        Args:
            now: wall seconds.
        """
        directory = self.journal_directory(call_id)
        if not await asyncio.to_thread(_has_journals, directory):
            await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)
            return await self._jobs.get(call_id)
        return await self._jobs.enqueue(call_id, now)

    async def recover(self, is_closed: Callable[[str], Awaitable[bool]], now: float) -> list[str]:
        """At start: enqueue each journalled call that is closed; return their ids.

        Live calls are left alone; what a finished job left lying is removed.
        """
        found: list[str] = []
        for call_id in await asyncio.to_thread(_call_ids, self._settings.journal_root):
            if await is_closed(call_id) and await self._recover(call_id, now):
                found.append(call_id)
        return found

    async def _recover(self, call_id: str, now: float) -> bool:
        job = await self._jobs.get(call_id)
        if job is None or job.state is not JobState.DONE:
            return await self.close_call(call_id, now) is not None
        if not self._settings.keep_journals:
            await asyncio.to_thread(shutil.rmtree, self.journal_directory(call_id), ignore_errors=True)
        return False

    async def state(self, call_id: str) -> MuxJob | None:
        """Return the call's mux job: its state, progress and error."""
        return await self._jobs.get(call_id)

    async def index(self, call_id: str) -> RecordingIndex | None:
        """Return the index of a finished recording."""
        text = await self._catalogue.load(call_id)
        return RecordingIndex.from_json(text) if text is not None else None

    async def manifest(self, call_id: str, *, user_id: str, now: float) -> Manifest | None:
        """Return what the page of `user_id` plays from; None while the call is not muxed.

        The caller checks that the user may look, and writes the audit row.
        """
        index = await self.index(call_id)
        if index is None:
            return None

        def address(key: str) -> str:
            return f"{MEDIA_PREFIX}{quote(key)}?{self._signer.query(key, user_id, now)}"

        return build_manifest(index, address, self._signer.expires_at(now))

    async def open_media(
        self, key: str, query: Mapping[str, str], range_header: str | None, now: float
    ) -> MediaResponse:
        """Answer `GET /media/<key>?<query>` with an optional Range header.

        Raises:
            RecordingError: `media_forbidden`, `media_expired` (403), `not_found`, `invalid_name` (404) or
                `range` (416).
        """
        user_id = self._signer.verify(key, query, now)
        remaining = max(0, int(int(query["expires"]) - now))
        return await answer_media(self._storage, key, range_header, user_id, remaining)

    async def delete(self, call_id: str) -> None:
        """Remove journals, media, job and index of a call; what a worker still writes goes with its job."""
        await self._jobs.forget(call_id)
        await asyncio.to_thread(shutil.rmtree, self.journal_directory(call_id), ignore_errors=True)
        await self._storage.delete_call(call_id)
        await self._catalogue.forget(call_id)

    def worker(self, name: str, clock: Clock) -> MuxWorker:
        """Return a worker over the same ports."""
        return MuxWorker(self._settings, self._storage, self._jobs, self._catalogue, worker=name, clock=clock)


def _has_journals(directory: Path) -> bool:
    return directory.is_dir() and bool(journals_in(directory))


def _call_ids(root: Path) -> list[str]:
    if not root.is_dir():
        return []
    names = [path.name for path in root.iterdir() if path.is_dir()]
    return sorted(name for name in names if _is_name(name) and journals_in(root / name))


def _is_name(name: str) -> bool:
    try:
        checked_name(name)
    except InvalidNameError:
        return False
    return True
