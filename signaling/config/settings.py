"""Every setting of Bangban: one frozen object, one name for command line, environment and TOML file.

`media_port` is `--media-port`, `BANGBAN_MEDIA_PORT` and `media_port = …`. Lists are written with commas, or
as TOML lists. Bare times are seconds. `load` (in `sources`) makes the object; nothing changes it afterwards.
"""

import hashlib
import os
import tempfile
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from rtc_server.config import DEFAULT_PORT
from signaling.config.announced import MOST_ANNOUNCED, normal_announced
from signaling.config.origins import parse_origin
from turn.configuration import RELAY_PORTS

PREFIX: Final = "BANGBAN_"

DEFAULT_DATA_DIR: Final = Path("var")
"""Relative to where the command is started; the demo's is a folder in it."""

_SOCKET_PATH_BYTES: Final = 100
"""Linux refuses Unix socket addresses above 107 bytes."""


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _address(value: str) -> str:
    return str(ip_address(value))


def _network(value: str) -> str:
    network = ip_network(value, strict=False)
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def _public_url(value: str) -> str:
    return str(parse_origin(value))


def _absolute(value: object) -> object:
    return Path(value).expanduser().absolute() if isinstance(value, str | Path) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Addresses = Annotated[
    tuple[Annotated[str, BeforeValidator(_address)], ...], NoDecode, BeforeValidator(_split)
]
Networks = Annotated[tuple[Annotated[str, BeforeValidator(_network)], ...], NoDecode, BeforeValidator(_split)]
Announced = Annotated[
    tuple[Annotated[str, BeforeValidator(normal_announced)], ...], NoDecode, BeforeValidator(_split)
]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
AbsolutePath = Annotated[Path, BeforeValidator(_absolute)]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=366 * 86400)]


class Settings(BaseSettings):
    """All settings; the text of each is its line in `--help`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True
    )

    # Where people reach the service.
    host: str = Field("127.0.0.1", description="address the web server binds; loopback unless told")
    port: Port = Field(8080, description="TCP port of the web server")
    tls_certificate: AbsolutePath | None = Field(
        None, description="PEM certificate chain; with it the web server speaks HTTPS"
    )
    tls_key: AbsolutePath | None = Field(None, description="PEM private key of tls_certificate")
    lan: bool = Field(
        False, description="also serve every other address of this machine, over HTTPS from a local authority"
    )
    lan_port: Port = Field(8443, description="TCP port of the HTTPS server that `lan` opens")
    public_url: PublicUrl | None = Field(
        None, description="address people type, when a proxy stands in front (https://help.example.gov.cn)"
    )
    trusted_proxies: Networks = Field(
        (),
        description="proxies believed where requests come from, by IP address or network (10.0.0.0/8)",
    )
    forwarded_by: Literal["x-forwarded-for", "forwarded"] = Field(
        "x-forwarded-for", description="the header in which trusted_proxies say it; the other is not read"
    )

    connections_per_address: int = Field(
        1024,
        ge=16,
        le=1 << 20,
        description="connections of one address at a time; raise it where a larger office shares one",
    )

    # Where it keeps things.
    data_dir: AbsolutePath = Field(
        DEFAULT_DATA_DIR, description="folder of the database, secrets, journals, recordings and sockets"
    )
    database_url: str | None = Field(
        None, description="SQLAlchemy address; default SQLite in data_dir, else postgresql+asyncpg://…"
    )
    redis_url: str | None = Field(None, description="redis://… for several signalling processes")
    recording_storage: str | None = Field(
        None, description="where finished recordings and stills go; default a folder in data_dir"
    )
    journal_reserve_mib: int = Field(
        256, ge=0, le=1 << 20, description="MiB of the journals' disk that a recording leaves free"
    )
    secrets_dir: AbsolutePath | None = Field(
        None, description="folder of the secret files; default `secrets` in data_dir"
    )
    web_root: AbsolutePath | None = Field(
        None, description="folder of the built web client; default web_client/dist beside the program"
    )

    # Media processes.
    media_port: Port = Field(
        DEFAULT_PORT, description="UDP and TCP port of the first media process; the next ones count up"
    )
    media_processes: int = Field(1, ge=1, le=64, description="media processes that the supervisor starts")
    media_index: int = Field(0, ge=0, le=63, description="which of them `bangban media` is, counted from 0")
    media_listen_addresses: Addresses = Field(
        (), description="local IP addresses for media; default all of this machine"
    )
    media_announced_addresses: Announced = Field(
        (),
        max_length=MOST_ANNOUNCED,
        description="told to browsers instead of local addresses (NAT), each with its own port or without: "
        "203.0.113.7:34000,10.0.0.5; the word `local` adds those of this machine",
    )
    media_announced_port: Port | None = Field(
        None, description="port told to browsers where an announced address has none of its own"
    )
    media_include_loopback: bool = Field(
        True, description="also offer 127.0.0.1 for media, for browsers on this machine"
    )
    media_control: Words = Field(
        (), description="HOST:PORT of every media process on other machines; default Unix sockets in data_dir"
    )
    media_control_listen: str | None = Field(
        None, pattern=r"^\S+:\d+$", description="HOST:PORT where `bangban media` takes commands over TCP"
    )
    media_control_ca: Path | None = Field(
        None,
        description="PEM file of the private authority of signalling and media machines",
    )
    media_control_certificate: Path | None = Field(
        None, description="PEM file of this machine's certificate for the control channel"
    )
    media_control_key: Path | None = Field(None, description="PEM file of that certificate's key")

    # The life of a call.
    routing_strategy: str = Field(
        "longest_idle",
        description="who of several free specialists is asked first: longest_idle, fewest_calls, "
        "least_talk_time, round_robin, skill_level_first or preferred_then_idle",
    )
    routing_policies: AbsolutePath | None = Field(
        None, description="TOML file of routing policies by item, department and region; default one for all"
    )
    ring_timeout_s: Seconds = Field(20, description="seconds an offer rings before the next candidate")
    no_staff_after_s: Seconds = Field(
        300, description="seconds until a call that nobody took ends `no_staff`"
    )
    grace_s: Seconds = Field(60, description="seconds a lost connection keeps its place in the call")
    start_grace_s: Seconds = Field(20, description="seconds after a start without ends for lack of staff")
    wrap_up_s: Seconds = Field(120, description="seconds a specialist has for the wrap-up")
    wrap_up_at_most_s: Seconds = Field(
        900, description="seconds after a call by which its wrap-up ends, however much is still written"
    )
    amend_days: int = Field(
        7, ge=0, le=365, description="days for which the result of a closed call can be finished or amended"
    )
    misses_before_away: int = Field(
        3, ge=1, le=100, description="missed offers in a row until a person is set away"
    )
    idle_before_away_s: Seconds = Field(
        900, description="seconds without input at an open console until its person is set away"
    )

    decisions_kept_days: int = Field(
        180, ge=1, le=36_500, description="days for which it can be asked why a call rang where it did"
    )
    search_by_meaning: bool = Field(
        True, description="compare meanings in searching for items, where the extra `search` is installed"
    )
    search_lines_kept_days: int = Field(
        730, ge=1, le=36_500, description="days for which the search learns from a session's masked line"
    )
    holidays: AbsolutePath | None = Field(
        None,
        description="JSON file of public holidays and weekend days worked instead; default China's of 2026",
    )

    # Signing in.
    access_token_s: Seconds = Field(600, description="life of an access token in seconds")
    refresh_token_s: Seconds = Field(12 * 3600, description="life of a signed-in window in seconds")
    refresh_reuse_s: Seconds = Field(30, description="seconds a used refresh token is still tolerated")
    lockout_failures: int = Field(
        5, ge=1, le=100, description="wrong passwords in a row until a name is locked for that address"
    )
    lockout_s: Seconds = Field(900, description="seconds a name stays locked for an address that guessed")
    media_address_s: Seconds = Field(300, description="life of a signed recording address in seconds")
    demo: bool = Field(False, description="demo data and accounts; `bangban serve` refuses it")

    # TURN.
    turn_urls: Words = Field((), description="turn: and turns: addresses given to clients; none by default")
    turn_credential_s: Seconds = Field(3600, description="life of a TURN credential in seconds")
    ice_transport_policy: Literal["all", "relay"] = Field(
        "all", description="`relay`: clients send media through the TURN servers only"
    )
    turn_port: Port = Field(3478, description="UDP and TCP port of `bangban turn`")
    turn_listen_addresses: Addresses = Field(
        (), description="addresses `bangban turn` binds and relays from; default all"
    )
    turn_relay_min_port: Port = Field(
        RELAY_PORTS[0], description="first UDP port that `bangban turn` relays from"
    )
    turn_relay_max_port: Port = Field(
        RELAY_PORTS[1], description="last UDP port that `bangban turn` relays from"
    )
    turn_realm: str = Field("bangban", min_length=1, max_length=127, description="realm of the TURN server")

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level logged")

    # Secrets: from the environment or the file only; otherwise from secrets_dir, made once.
    token_secret: SecretStr | None = Field(None, description="key of the access tokens")
    media_address_secret: SecretStr | None = Field(None, description="key of the signed recording addresses")
    media_control_secret: SecretStr | None = Field(None, description="secret shared with remote media")
    turn_secret: SecretStr | None = Field(None, description="secret shared with the TURN server")
    audit_secret: SecretStr | None = Field(None, description="key of the audit log, 32 characters or more")

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together: give both or neither")
        if self.ice_transport_policy == "relay" and not self.turn_urls:
            raise ValueError("ice_transport_policy relay needs turn_urls: there is nothing to relay through")
        if self.turn_relay_min_port > self.turn_relay_max_port:
            raise ValueError("turn_relay_min_port must not be above turn_relay_max_port")
        if self.media_port + self.media_processes - 1 > 65535:
            raise ValueError("media_port + media_processes goes beyond port 65535")
        if (self.media_control or self.media_control_listen) and not self.media_control_secret:
            raise ValueError("media over TCP needs media_control_secret, the same on both machines")
        if self._leaves_the_machine and None in self.media_control_files:
            raise ValueError(
                "media on other machines needs media_control_ca, media_control_certificate and "
                "media_control_key: the control channel never goes in clear"
            )
        return self

    @property
    def media_control_files(self) -> tuple[Path | None, Path | None, Path | None]:
        """Authority, certificate and key of the control channel."""
        return self.media_control_ca, self.media_control_certificate, self.media_control_key

    @property
    def _leaves_the_machine(self) -> bool:
        """Whether the control channel is reached over a network."""
        given = (*self.media_control, *filter(None, (self.media_control_listen,)))
        hosts = (endpoint.rpartition(":")[0].strip("[]") for endpoint in given)
        return any(host != "localhost" and not _is_loopback(host) for host in hosts)

    @property
    def is_loopback(self) -> bool:
        """Whether the web server is reached from this machine only."""
        return self.host == "localhost" or _is_loopback(self.host)

    @property
    def is_wildcard(self) -> bool:
        """Whether the web server binds every address of this machine."""
        return self.host in {"0.0.0.0", "::"}

    @property
    def database(self) -> str:
        """SQLAlchemy's address of the database."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'bangban.db'}"

    @property
    def web_client_dir(self) -> Path:
        """Folder whose files are the web client."""
        return self.web_root or Path(__file__).resolve().parents[2] / "web_client" / "dist"

    @property
    def journal_dir(self) -> Path:
        """Folder of the recording journals, one folder a call."""
        return self.data_dir / "journals"

    @property
    def storage_url(self) -> str:
        """Address of the storage of finished recordings and stills."""
        return self.recording_storage or (self.data_dir / "recordings").as_uri()

    @property
    def random_demo_passwords(self) -> bool:
        """Whether demo accounts get random passwords, because others can reach them."""
        return self.lan or not self.is_loopback

    def media_endpoints(self) -> tuple[str, ...]:
        """Return where signalling finds every media process: `unix:PATH` or `tcp:HOST:PORT`."""
        if self.media_control:
            return tuple(f"tcp:{endpoint}" for endpoint in self.media_control)
        return tuple(f"unix:{self.media_socket(index)}" for index in range(self.media_processes))

    def media_socket(self, index: int) -> Path:
        """Return the control socket of one media process, short enough for the kernel."""
        path = self.data_dir / "run" / f"media-{index}.sock"
        if len(os.fsencode(path)) <= _SOCKET_PATH_BYTES:
            return path
        short = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"bangban-{os.getuid()}-{short}" / f"media-{index}.sock"

    def to_environ(self) -> dict[str, str]:
        """Return the environment variables from which another process loads an equal object."""
        return {
            f"{PREFIX}{name.upper()}": _written(value)
            for name, field in type(self).model_fields.items()
            if (value := getattr(self, name)) != field.get_default()
        }


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _written(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case tuple():
            return ",".join(str(part) for part in value)
        case SecretStr():
            return value.get_secret_value()
        case _:
            return str(value)
