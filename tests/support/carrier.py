"""A lane in real time: one timer, and what is due is done."""

import asyncio
import math
from collections.abc import Callable, Hashable, Sequence

from tests.support.impairment import Impairment, Step, Tally
from tests.support.lane import Lane

Delivery = Callable[[], object]


class Carrier:
    """Carries deliveries of any number of sockets over one direction of a line; in the loop of its maker."""

    def __init__(self, seed: int) -> None:
        self._lane: Lane[Delivery] = Lane(seed)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = math.inf
        self._moved = asyncio.Event()

    @property
    def line(self) -> Impairment:
        """What it does to what enters."""
        return self._lane.line

    @line.setter
    def line(self, line: Impairment) -> None:
        self._lane.change(line, self._loop.time())
        self._run()

    @property
    def tally(self) -> Tally:
        """What became of what entered."""
        return self._lane.tally

    def plan(self, steps: Sequence[Step]) -> None:
        """Be one line after the other from now on."""
        self._lane.plan(steps, self._loop.time())
        self._run()

    def carry(self, delivery: Delivery, size: int) -> None:
        """Let a datagram enter; it is delivered, or not."""
        self._lane.push(delivery, size, self._loop.time())
        self._run()

    async def carry_reliably(self, delivery: Delivery, size: int, order: Hashable) -> None:
        """Let a segment enter as soon as the line takes it; it is delivered in its order."""
        while self.line.is_blackout or not self._lane.has_room(size):
            self._moved.clear()
            await self._moved.wait()
        self._lane.push(delivery, size, self._loop.time(), reliable=True, order=order)
        self._run()

    def forget(self, order: Hashable) -> None:
        """A connection has ended."""
        self._lane.forget(order)

    def close(self) -> None:
        """Deliver nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    def _run(self) -> None:
        for deliver in self._lane.pop(self._loop.time()):
            deliver()
        self._moved.set()
        deadline = self._lane.next_deadline()
        if deadline == self._armed_for:
            return
        self.close()
        self._armed_for = deadline
        self._timer = None if deadline == math.inf else self._loop.call_at(deadline, self._due)

    def _due(self) -> None:
        self._armed_for = math.inf
        self._run()
