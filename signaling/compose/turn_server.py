"""`bangban turn`: coturn with our secret, relaying to the media addresses only."""

from pathlib import Path

from signaling.compose.addresses import lan_addresses
from signaling.compose.certificates import ensure_for_machine
from signaling.compose.ports import warn_if_given_away
from signaling.config import Settings, load_secrets
from signaling.config.announced import LOCAL, announced_hosts
from turn.configuration import TurnConfiguration
from turn.process import command


def turn_command(settings: Settings) -> list[str]:
    """Return the command that serves TURN with these settings.

    Raises:
        TurnServerMissingError: coturn is not installed.
        ValueError: the settings do not make a usable configuration.
        OSError: the certificate of the local authority could not be written.
    """
    media = _media_addresses(settings)
    folder = settings.data_dir / "turn"
    first, last = settings.turn_relay_min_port, settings.turn_relay_max_port
    warn_if_given_away("turn_relay_min_port", first, last)
    certificate, key = _tls_files(settings)
    configuration = TurnConfiguration(
        secret=load_secrets(settings).turn,
        realm=settings.turn_realm,
        port=settings.turn_port,
        media_addresses=media,
        state_path=str(folder / "users.db"),
        listen_addresses=settings.turn_listen_addresses,
        relay_min_port=first,
        relay_max_port=last,
        certificate=str(certificate) if certificate else None,
        key=str(key) if key else None,
    )
    return command(configuration, folder)


def _tls_files(settings: Settings) -> tuple[Path | None, Path | None]:
    """Return what `turns:` is spoken with: the certificate given, or with `lan` the local authority's."""
    if settings.tls_certificate is not None or not settings.lan:
        return settings.tls_certificate, settings.tls_key
    files = ensure_for_machine(settings)
    return files.certificate, files.key


def _media_addresses(settings: Settings) -> tuple[str, ...]:
    """Return every address that media is offered at, without its port: the only peers that are relayed to."""
    announced = announced_hosts(settings.media_announced_addresses)
    if announced and LOCAL not in settings.media_announced_addresses:
        return announced
    return tuple(dict.fromkeys((*announced, *(settings.media_listen_addresses or _all(settings)))))


def _all(settings: Settings) -> tuple[str, ...]:
    loopback = ("127.0.0.1",) if settings.media_include_loopback else ()
    return (*lan_addresses(), *loopback)
