"""The certificates of the control channel between signalling and media on other machines."""

from rtc_server.config import ControlTls
from signaling.config import Settings


def control_tls(settings: Settings) -> ControlTls | None:
    """Return the files both ends are told, None when media is on this machine."""
    authority, certificate, key = settings.media_control_files
    if authority is None or certificate is None or key is None:
        return None
    return ControlTls(authority, certificate, key)
