"""Give each consumer a gapless row of sequence numbers although packets are left out (pause, layers).

Losses of the source stay holes, so that receivers NACK them; what the SFU leaves out on purpose closes up.
"""

from collections import deque
from typing import Final, NamedTuple

from rtc_server.wire.sequence import distance16

MAX_RUNS: Final = 64
"""Runs of dropped packets remembered for stragglers; older stragglers are refused."""


class _Run(NamedTuple):
    first: int
    last: int
    offset_before: int
    """What was subtracted from the numbers in front of this run."""


class SequenceMapper:
    """Map source sequence numbers to a consumer's own.

    Call `sync` before the first packet and after each break of the source (resume, switch of stream), then
    for every packet either `map` or `drop`.

    Args:
        first: the first number to give out, 16 bit.
    """

    __slots__ = ("_expected", "_floor", "_highest", "_next_out", "_offset", "_runs")

    def __init__(self, first: int = 1) -> None:
        self._next_out = first
        self._expected = -1
        self._offset = 0
        self._floor = 0
        self._highest = 0
        self._runs: deque[_Run] = deque(maxlen=MAX_RUNS)

    def sync(self, sequence_number: int) -> None:
        """Let `sequence_number` follow on the last number given out; earlier ones are refused from now on."""
        self._offset = sequence_number - self._next_out
        self._floor = sequence_number
        self._highest = sequence_number - 1
        self._expected = sequence_number
        self._runs.clear()

    def map(self, sequence_number: int) -> int | None:
        """Return the consumer's number (16 bit); None for a packet from before `sync` or a dropped one."""
        if sequence_number == self._expected:
            # The hot path: in order.
            self._expected = (sequence_number + 1) & 0xFFFF
            self._highest += 1
            out = self._next_out
            self._next_out = out + 1
            return out & 0xFFFF
        return self._map_out_of_order(sequence_number)

    def drop(self, sequence_number: int) -> None:
        """Leave a packet out and close the gap; one older than the newest seen can only stay a hole."""
        if self._expected < 0:
            self.sync(sequence_number)
        number = self._unwrap(sequence_number)
        if number <= self._highest:
            return
        self._highest = number
        self._expected = (sequence_number + 1) & 0xFFFF
        self._next_out = number - self._offset
        runs = self._runs
        if runs and runs[-1].last == number - 1:
            runs[-1] = runs[-1]._replace(last=number)
        else:
            if len(runs) == MAX_RUNS:
                self._floor = runs[0].last + 1
            runs.append(_Run(number, number, self._offset))
        self._offset += 1

    def original(self, mapped: int) -> int | None:
        """Return the source's number for one the consumer NACKs; None when it was never given out."""
        distance = (self._next_out - mapped) & 0xFFFF
        if self._expected < 0 or not 0 < distance < 0x8000:
            return None
        out = self._next_out - distance
        offset = self._offset
        for run in reversed(self._runs):
            if out + offset > run.last:
                break
            offset = run.offset_before
        number = out + offset
        return number & 0xFFFF if number >= self._floor else None

    def _map_out_of_order(self, sequence_number: int) -> int | None:
        if self._expected < 0:
            self.sync(sequence_number)
        number = self._unwrap(sequence_number)
        if number > self._highest:
            self._highest = number
            self._expected = (sequence_number + 1) & 0xFFFF
            out = number - self._offset
            self._next_out = out + 1
            return out & 0xFFFF
        offset = self._offset_of(number)
        return None if offset is None else (number - offset) & 0xFFFF

    def _unwrap(self, sequence_number: int) -> int:
        """Return the growing number nearest to the highest."""
        return self._highest + distance16(sequence_number, self._highest & 0xFFFF)

    def _offset_of(self, number: int) -> int | None:
        if number < self._floor:
            return None
        offset = self._offset
        for run in reversed(self._runs):
            if number > run.last:
                break
            if number >= run.first:
                return None
            offset = run.offset_before
        return offset
