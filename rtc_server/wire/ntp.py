"""NTP time stamps: 32.32 bits of seconds since 1900 (RFC 3550 §4); "compact" is the middle 32 bits."""

from typing import Final

NTP_EPOCH_OFFSET: Final = 2_208_988_800
"""Seconds from 1900-01-01 to 1970-01-01."""

_FRACTION: Final = 1 << 32


def ntp_from_unix(seconds: float) -> int:
    """Return the 64-bit NTP time of a Unix time; wraps in 2036 as RFC 3550 §4 allows."""
    return round((seconds + NTP_EPOCH_OFFSET) * _FRACTION) & 0xFFFF_FFFF_FFFF_FFFF


def unix_from_ntp(ntp: int) -> float:
    """Return the Unix time of a 64-bit NTP time, in seconds; precise to about 0.2 µs."""
    return (ntp >> 32) - NTP_EPOCH_OFFSET + (ntp & 0xFFFF_FFFF) / _FRACTION


def compact_from_ntp(ntp: int) -> int:
    """Return the middle 32 bits, as in LSR of a report block (RFC 3550 §6.4.1)."""
    return (ntp >> 16) & 0xFFFF_FFFF


def seconds_from_compact(interval: int) -> float:
    """Return an interval of 16.16 bits (DLSR, round-trip time) in seconds."""
    return interval / 65536


def compact_from_seconds(seconds: float) -> int:
    """Return an interval in 16.16 bits, clamped to what 32 bits hold."""
    return min(max(round(seconds * 65536), 0), 0xFFFF_FFFF)
