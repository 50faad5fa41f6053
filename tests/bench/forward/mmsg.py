"""`sendmmsg` and `recvmmsg` through ctypes: many datagrams a system call, and the kernel's arrival times."""

import ctypes
import socket

from rtc_server.net.datagram_ring import IoVec, MMsgHdr

LIBC = ctypes.CDLL(None, use_errno=True)
SO_TIMESTAMPNS = 35
MSG_DONTWAIT = 0x40
CONTROL_BYTES = 64
DATAGRAM_BYTES = 1600
TIMESTAMP_OFFSET = 16
"""Of the timespec in the control buffer, after the cmsghdr (64-bit Linux)."""


class Outgoing:
    """Datagrams prepared once, sent in order over one connected socket."""

    def __init__(self, datagrams: list[bytes]) -> None:
        self._data = ctypes.create_string_buffer(b"".join(datagrams))
        self._iovecs = (IoVec * len(datagrams))()
        self._headers = (MMsgHdr * len(datagrams))()
        address = ctypes.addressof(self._data)
        iovec_address = ctypes.addressof(self._iovecs)
        for index, datagram in enumerate(datagrams):
            self._iovecs[index].base = address
            self._iovecs[index].length = len(datagram)
            header = self._headers[index].header
            header.iov = iovec_address + index * ctypes.sizeof(IoVec)
            header.iov_length = 1
            address += len(datagram)

    def __len__(self) -> int:
        return len(self._headers)

    def send(self, fd: int, start: int, count: int) -> int:
        """Send `count` datagrams from `start`; return how many the kernel took."""
        pointer = ctypes.byref(self._headers, start * ctypes.sizeof(MMsgHdr))
        return max(0, LIBC.sendmmsg(fd, pointer, count, MSG_DONTWAIT))


class Incoming:
    """A ring of buffers for `recvmmsg`, with nanosecond arrival times of the kernel."""

    def __init__(self, size: int = 64) -> None:
        self.size = size
        self.data = [ctypes.create_string_buffer(DATAGRAM_BYTES) for _ in range(size)]
        self._control = [ctypes.create_string_buffer(CONTROL_BYTES) for _ in range(size)]
        self._iovecs = (IoVec * size)()
        self._headers = (MMsgHdr * size)()
        for index in range(size):
            self._iovecs[index].base = ctypes.addressof(self.data[index])
            self._iovecs[index].length = DATAGRAM_BYTES
            header = self._headers[index].header
            header.iov = ctypes.addressof(self._iovecs) + index * ctypes.sizeof(IoVec)
            header.iov_length = 1
            header.control = ctypes.addressof(self._control[index])
            header.control_length = CONTROL_BYTES

    def receive(self, fd: int) -> int:
        """Fill the ring from the front; return how many datagrams came."""
        for index in range(self.size):
            self._headers[index].header.control_length = CONTROL_BYTES
        return max(0, LIBC.recvmmsg(fd, self._headers, self.size, MSG_DONTWAIT, None))

    def length(self, index: int) -> int:
        """Return the size of datagram `index` of the last `receive`, in bytes."""
        return int(self._headers[index].length)

    def arrived_ns(self, index: int) -> int:
        """Return when the kernel queued datagram `index`, wall clock in nanoseconds."""
        control = self._control[index]
        seconds = ctypes.c_int64.from_buffer(control, TIMESTAMP_OFFSET).value
        return seconds * 1_000_000_000 + ctypes.c_int64.from_buffer(control, TIMESTAMP_OFFSET + 8).value


def stamp_arrivals(sock: socket.socket) -> None:
    """Ask the kernel for arrival times on `sock`."""
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
