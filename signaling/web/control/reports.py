"""What connections of the control channel tell the home of their grant: in order, beside everything."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, TypeAlias

from signaling.domain.control.grant import Control, ControlEnd
from signaling.domain.control.inputs import Paused, Resumed, Stopped
from signaling.domain.errors import BusyError, DomainError
from signaling.domain.ids import JsonObject
from signaling.services.control import ControlService

Report: TypeAlias = Callable[[], Awaitable[object]]
_MOST_WAITING: Final = 64
"""Pauses and their ends; a helper that changes its mind faster than they are written down is no helper."""

_log = logging.getLogger(__name__)


class Reports:
    """Of one connection; made by `ReportDesk.open`."""

    def __init__(self, control: ControlService) -> None:
        self._control = control
        self._waiting: asyncio.Queue[tuple[Control, Report] | None] = asyncio.Queue(_MOST_WAITING)
        self._is_closed = False

    def of_helper(self, control: Control, given: Stopped | Paused | Resumed) -> bool:
        """Tell what the helper does; False when too much waits."""
        tell = self._control.tell
        return self._put(control, lambda: tell(control.call_id, control.control_id, given))

    def of_server(self, control: Control, end: ControlEnd) -> bool:
        """Tell that the server ends it; False when too much waits."""
        stop = self._control.stop
        return self._put(control, lambda: stop(control.call_id, control.control_id, end))

    def of_doings(self, control: Control, done: JsonObject | None) -> bool:
        """Write down what was done; False when too much waits."""
        note = self._control.note_doings
        return done is None or self._put(control, lambda: note(control, done))

    def _put(self, control: Control, report: Report) -> bool:
        try:
            self._waiting.put_nowait((control, report))
        except asyncio.QueueFull:
            return False
        return True

    async def run(self) -> None:
        """Tell one after the other, until closed; what the home cannot be told it finds out by itself."""
        while not (self._is_closed and self._waiting.empty()):
            waiting = await self._waiting.get()
            if waiting is not None:
                await self._tell(*waiting)

    async def _tell(self, control: Control, report: Report) -> None:
        try:
            await report()
        except BusyError:
            _log.warning("call %s: the home of its control is out of reach", control.call_id)
        except DomainError as error:  # it is over, or was never in this state
            _log.debug("call %s: control takes no more: %s", control.call_id, error.code)
        except Exception:
            _log.exception("call %s: what happened to its control was not told", control.call_id)

    def close(self) -> None:
        """Take no more; `run` returns when all is told."""
        self._is_closed = True
        with suppress(asyncio.QueueFull):
            self._waiting.put_nowait(None)


class ReportDesk:
    """Owns the tasks that tell: what a connection had to say is told though the connection is gone."""

    def __init__(self, control: ControlService) -> None:
        self._control = control
        self._tasks: set[asyncio.Task[None]] = set()

    @contextmanager
    def open(self) -> Iterator[Reports]:
        """Tell what comes within the context, in a task of its own."""
        reports = Reports(self._control)
        task = asyncio.create_task(reports.run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            yield reports
        finally:
            reports.close()

    async def close(self) -> None:
        """Tell no more: this process ends."""
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
