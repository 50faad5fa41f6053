"""Runs of datagrams that leave by one system call (UDP generic segmentation offload, udp(7), `UDP_SEGMENT`).

The kernel cuts what it is given into pieces of one size, of which only the last may be shorter.
"""

from collections.abc import Iterator, Sequence
from typing import Final

MAX_DATAGRAMS: Final = 64
"""`UDP_MAX_SEGMENTS` of older kernels."""

MAX_BYTES: Final = 65_000
"""A run is one datagram on its way through the kernel: 65,535 with its headers."""


def split_runs(datagrams: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Cut datagrams, in their order, into the longest runs that the kernel takes; a run of one is none."""
    begin, count = 0, len(datagrams)
    while begin < count:
        size = len(datagrams[begin])
        most = max(1, min(MAX_DATAGRAMS, MAX_BYTES // size)) if size else 1
        last = min(count, begin + most)
        end = begin + 1
        while end < last and len(datagrams[end]) == size:
            end += 1
        if end < last and 0 < len(datagrams[end]) < size:
            end += 1
        yield datagrams[begin:end]
        begin = end
