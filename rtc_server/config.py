"""Settings and bounds of one media process; frozen data without behaviour.

`MediaLimits` names everything a peer can make grow. A test may shrink a bound; nothing changes one at run
time.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

DEFAULT_PORT: Final = 24000
"""Below 32768, where Linux begins to give ports to outgoing connections (ip(7), `ip_local_port_range`)."""

DEFAULT_CODECS: Final = ("opus", "VP8", "H264", "VP9", "AV1")
"""Names of `wire.codecs` in order of preference: mediasoup-client takes the first video codec it can send."""


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """Bounds of one media process; the unit is in the name or in the comment."""

    max_datagram_bytes: int = 1500
    """Longer datagrams are dropped before unprotect (pylibsrtp raises ValueError above it)."""

    max_ssrcs_per_transport: int = 64
    """libsrtp keeps every fresh SSRC for ever: 276 µs a packet after 20,000 of them."""

    max_tuples_per_transport: int = 8
    """Address pairs a peer may validate with STUN (ICE)."""

    max_routers: int = 2000
    max_transports_per_router: int = 64
    max_producers_per_transport: int = 16
    max_consumers_per_transport: int = 64
    max_data_producers_per_transport: int = 16
    max_data_consumers_per_transport: int = 32

    max_dtls_handshakes: int = 8
    """Handshakes running at the same time; the rest wait their turn."""

    dtls_timeout_s: float = 15.0
    """Seconds from the first path to a finished handshake, else the transport fails."""

    consent_timeout_s: float = 30.0
    """Seconds without a valid STUN check until sending stops (RFC 7675).

    Chromium sends 7 checks in 9 s, Firefox 2 in 8 s; less patience cuts good paths.
    """

    max_sctp_messages_per_s: int = 200
    max_sctp_bytes_per_s: int = 256 * 1024
    max_sctp_held_chunks: int = 300
    max_sctp_message_bytes: int = 262_144
    max_sctp_buffered_bytes: int = 1024 * 1024
    """Bytes queued towards one peer before unreliable messages are dropped."""

    max_outbox_packets: int = 512
    """Packets waiting in one transport's outbox within a batch."""

    max_tcp_backlog_bytes: int = 512 * 1024
    """Bytes queued on one ICE-TCP connection before media is dropped."""

    max_tcp_connections: int = 256

    max_rtcp_bytes_per_s: int = 32 * 1024
    """RTCP of one peer, saved up for 2 s: each byte costs up to 4 µs (NACKs); 3,000 packets/s need 5 KB/s."""

    rtx_cache_packets: int = 512
    """2,500 packets would be 2.75 MB a stream; 512 are a second of 4.5 Mbit/s."""

    rtx_cache_s: float = 2.0
    """Three round trips of the worst line that carries a call; who waited longer needs a key frame."""

    max_control_frame_bytes: int = 1024 * 1024
    max_id_chars: int = 64


@dataclass(frozen=True, slots=True)
class ControlTls:
    """Certificates of a control channel over TCP, as PEM files.

    Attributes:
        authority: a private one that both ends trust, and nobody else's certificates are of.
    """

    authority: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class MediaConfig:
    """What one media process is told at start."""

    listen_addresses: tuple[str, ...] = ()
    """Local IP addresses to bind, one socket each; empty: every address of this machine."""

    port: int = DEFAULT_PORT
    """UDP and TCP port of every listen address; 0: chosen by the system (tests)."""

    announced: tuple[tuple[str, int | None], ...] = ()
    """What is put into candidates instead of the local ones (NAT, port forwarding, impairment relay).

    All of them at once, the first preferred; a port of None is the bound one.
    """

    announce_local: bool = False
    """Offer the local addresses after the announced ones: both sides of a NAT at once."""

    include_loopback: bool = False
    """Offer 127.0.0.1 / ::1 as candidates when `listen_addresses` is empty."""

    enable_tcp: bool = True
    """Listen for ICE-TCP (passive) on the same port number."""

    codecs: tuple[str, ...] = DEFAULT_CODECS
    """Names of `wire.codecs`, in order of preference."""

    control_path: str | None = None
    """Unix socket of the control channel; None when `control_host` is used."""

    control_host: str | None = None
    control_port: int = 0
    control_secret: str = field(default="", repr=False)
    """Shared secret of a TCP control channel; unused on a Unix socket."""

    control_tls: ControlTls | None = None
    """Of a TCP control channel; one that is reached from other machines needs it."""

    receive_buffer_bytes: int = 4 * 1024 * 1024
    """Asked of the kernel for each UDP socket; the default of 208 KiB holds 92 datagrams."""

    initial_uplink_bps: int = 600_000
    """REMB for a client that has no transport-cc, before anything is measured."""

    max_uplink_bps: int = 8_000_000
    """Ceiling of REMB."""

    max_downlink_bps: int = 20_000_000
    """Ceiling of the estimate of a receiving peer's line, whatever the peer claims."""

    wanted_downlink_bps: int = 0
    """What every receiving peer's line is probed up to at least, though nothing more is sent on it."""

    limits: MediaLimits = field(default_factory=MediaLimits)
