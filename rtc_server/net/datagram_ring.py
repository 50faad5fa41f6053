"""Many datagrams by one system call (recvmmsg(2)), which Python does not name: buffers that the kernel fills.

`recvfrom` costs a call, a buffer that is made too long and cut, and an address as text for each datagram, and
one more call that finds nothing; a ring costs the copy, and whom it is from stays as the kernel wrote it.
"""

import ctypes
import os
import socket
from struct import Struct
from typing import Any, Final

from rtc_server.net.path import SocketAddress

RawAddress = bytes
"""A `sockaddr` as the kernel writes it: the same bytes for the same address."""

Received = tuple[bytes, RawAddress]
"""A datagram, and whom it is from."""

_IPV4: Final = Struct("=H2s4s8x")
"""`sockaddr_in` of ip(7): family in the order of the machine, port, address."""
_IPV6: Final = Struct("=H2s4s16sI")
"""`sockaddr_in6` of ipv6(7): the same, a flow label before the address and a scope, as the family, behind."""


class IoVec(ctypes.Structure):
    """`iovec` of readv(2)."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class MsgHdr(ctypes.Structure):
    """`msghdr` of recvmsg(2)."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("iov", ctypes.c_void_p),
        ("iov_length", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class MMsgHdr(ctypes.Structure):
    """`mmsghdr` of recvmmsg(2): a message, and how long it was."""

    _fields_ = (("header", MsgHdr), ("length", ctypes.c_uint32))


_recvmmsg: Final = ctypes.CDLL(None, use_errno=True).recvmmsg
_recvmmsg.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p)


class DatagramRing:
    """The buffers of one socket; each `receive` fills them from the front.

    Args:
        target: bound, IPv4 or IPv6; it stays the caller's.
        datagrams: read by one call at most.
        datagram_bytes: room for each; longer ones arrive cut.
    """

    def __init__(self, target: socket.socket, *, datagrams: int, datagram_bytes: int) -> None:
        self._descriptor = target.fileno()
        self._datagrams = datagrams
        self._datagram_bytes = datagram_bytes
        self._address_bytes = _IPV6.size if target.family == socket.AF_INET6 else _IPV4.size
        # A slice of such an array is bytes, whatever its type says.
        self._data: Any = (ctypes.c_char * (datagrams * datagram_bytes))()
        self._addresses: Any = (ctypes.c_char * (datagrams * self._address_bytes))()
        self._iovecs = (IoVec * datagrams)()
        memory = bytearray(datagrams * ctypes.sizeof(MMsgHdr))
        self._headers = (MMsgHdr * datagrams).from_buffer(memory)
        for index in range(datagrams):
            self._iovecs[index].base = ctypes.addressof(self._data) + index * datagram_bytes
            self._iovecs[index].length = datagram_bytes
            header = self._headers[index].header
            header.name = ctypes.addressof(self._addresses) + index * self._address_bytes
            header.name_length = self._address_bytes
            header.iov = ctypes.addressof(self._iovecs) + index * ctypes.sizeof(IoVec)
            header.iov_length = 1
        self._place = ctypes.addressof(self._headers)
        words = memoryview(memory).cast("I")
        self._lengths = words[MMsgHdr.length.offset // 4 :: ctypes.sizeof(MMsgHdr) // 4]

    def receive(self) -> list[Received]:
        """Return what has come, in its order, as much as there is room for; never waits.

        Raises:
            OSError: of the socket; nothing was received.
        """
        count = _recvmmsg(self._descriptor, self._place, self._datagrams, socket.MSG_DONTWAIT, None)
        if count < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        data, addresses = self._data, self._addresses
        received: list[Received] = []
        at = address_at = 0
        for length in self._lengths[:count]:
            address_end = address_at + self._address_bytes
            received.append((data[at : at + length], addresses[address_at:address_end]))
            at += self._datagram_bytes
            address_at = address_end
        return received


def read_address(raw: RawAddress) -> SocketAddress:
    """Return an address as `recvfrom` does: two values for IPv4, four for IPv6."""
    if len(raw) == _IPV4.size:
        _, port, host = _IPV4.unpack(raw)
        return socket.inet_ntop(socket.AF_INET, host), int.from_bytes(port)
    _, port, flow, host, scope = _IPV6.unpack(raw)
    return socket.inet_ntop(socket.AF_INET6, host), int.from_bytes(port), int.from_bytes(flow), scope


def write_address(address: SocketAddress) -> RawAddress:
    """Return an address as the kernel writes it."""
    host, port, *others = address
    if not others:
        return _IPV4.pack(socket.AF_INET, port.to_bytes(2), socket.inet_pton(socket.AF_INET, host))
    flow, scope = others
    return _IPV6.pack(
        socket.AF_INET6, port.to_bytes(2), flow.to_bytes(4), socket.inet_pton(socket.AF_INET6, host), scope
    )
