"""The media process: settings into its configuration, and the recording tap into its hands."""

from recording.config import TapSettings
from recording.tap import RecordingTapHost
from rtc_server.config import MediaConfig
from rtc_server.server.process import run_media
from signaling.compose.heartbeat import pulse
from signaling.compose.media_tls import control_tls
from signaling.compose.ports import warn_if_given_away
from signaling.config import Settings, load_secrets
from signaling.config.announced import LOCAL, split_announced


def configuration(settings: Settings) -> MediaConfig:
    """Return what one media process is told; `settings.media_index` says which it is."""
    index = settings.media_index
    path, host, port, secret = _control(settings)
    return MediaConfig(
        listen_addresses=settings.media_listen_addresses,
        port=settings.media_port + index,
        announced=announced(settings),
        announce_local=LOCAL in settings.media_announced_addresses,
        include_loopback=settings.media_include_loopback,
        control_path=path,
        control_host=host,
        control_port=port,
        control_secret=secret,
        control_tls=control_tls(settings),
    )


def announced(settings: Settings) -> tuple[tuple[str, int | None], ...]:
    """Return the addresses and ports that one media process announces; None is the port it listens on."""
    index, usual = settings.media_index, settings.media_announced_port
    given = map(split_announced, (one for one in settings.media_announced_addresses if one != LOCAL))
    return tuple((address, own + index if (own := port or usual) else None) for address, port in given)


def tap_settings(settings: Settings) -> TapSettings:
    """Return how the media process journals."""
    return TapSettings(min_free_bytes=settings.journal_reserve_mib << 20)


def _control(settings: Settings) -> tuple[str | None, str | None, int, str]:
    """Return path, host, port and secret of the control channel: a Unix socket unless told."""
    if settings.media_control_listen:
        host, _, port = settings.media_control_listen.rpartition(":")
        return None, host.strip("[]"), int(port), load_secrets(settings).media_control
    socket = settings.media_socket(settings.media_index)
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return str(socket), None, 0, ""


def main(settings: Settings) -> None:
    """Be the media process until SIGTERM."""
    port = settings.media_port + settings.media_index
    warn_if_given_away("media_port", port, port)
    run_media(configuration(settings), RecordingTapHost(tap_settings(settings)), beat=pulse())
