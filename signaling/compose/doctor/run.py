"""All checks in turn; one that fails itself is a finding too, and the others go on."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from signaling.compose.addresses import lan_addresses, url
from signaling.compose.doctor import announced_addresses, certificate, machine, stores
from signaling.compose.doctor.media import Media
from signaling.compose.doctor.report import Finding, advice, as_json, as_text, fine, mend, must_mend
from signaling.compose.relays import ask_relay
from signaling.config import Settings
from signaling.config.announced import announced_hosts
from turn.probe import PATIENCE_S, Fault, TurnProbeError

_PATIENCE_S: Final = 3.0

Check = Callable[[Settings], AsyncIterator[Finding]]


def main(settings: Settings, language: str | None, *, for_programs: bool) -> int:
    """Print what every check found and return the exit status: 1 when something must be mended.

    Args:
        language: of the sentences; None: the terminal's, which is Chinese unless it says English.
    """
    findings = asyncio.run(examine(settings))
    told = as_json if for_programs else as_text
    print(told(findings, language or _of_terminal()))
    return 1 if must_mend(findings) else 0


def _of_terminal() -> str:
    given = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "en" if given.startswith("en") else "zh-CN"


async def examine(settings: Settings) -> list[Finding]:
    """Return what every check found."""
    media = Media(settings)

    async def of_media(_: Settings) -> AsyncIterator[Finding]:
        async for finding in media.findings():
            yield finding
        for finding in announced_addresses.judge(
            announced_hosts(settings.media_announced_addresses), media.told, lan_addresses()
        ):
            yield finding

    checks: tuple[tuple[str, Check], ...] = (
        ("web", _web),
        ("certificate", _certificate),
        ("media", of_media),
        ("turn", _turn),
        ("database", stores.database),
        ("redis", stores.redis),
        ("machine", _machine),
    )
    return [finding for name, check in checks for finding in await _carried_out(name, check, settings)]


async def _carried_out(name: str, check: Check, settings: Settings) -> list[Finding]:
    found: list[Finding] = []
    try:
        async for finding in check(settings):
            found.append(finding)
    except Exception as error:
        found.append(mend(name, "check_failed", part=name, error=type(error).__name__))
    return found


async def _web(settings: Settings) -> AsyncIterator[Finding]:
    host = "127.0.0.1" if settings.is_wildcard else settings.host
    secure = settings.tls_certificate is not None
    places = [("https" if secure else "http", host, settings.port)]
    if settings.lan:
        places += [("https", address, settings.lan_port) for address in lan_addresses()]
    for scheme, address, port in places:
        where = url(scheme, address, port)
        if await _answers(address, port, secure=scheme == "https"):
            yield fine("web", "web_answers", where=where)
        else:
            yield mend("web", "web_silent", where=where)
    for finding in machine.served_files(settings):
        yield finding


async def _answers(host: str, port: int, *, secure: bool) -> bool:
    """Return whether an HTTP server says anything at all; its certificate is judged elsewhere."""
    context = ssl.create_default_context() if secure else None
    if context is not None:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(_PATIENCE_S):
            reader, writer = await asyncio.open_connection(host, port, ssl=context)
            writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
            said = await reader.read(5)
            writer.close()
    except (OSError, TimeoutError):
        return False
    return said == b"HTTP/"


async def _certificate(settings: Settings) -> AsyncIterator[Finding]:
    now = datetime.now(UTC)
    files, names = _certificate_files(settings)
    if files is not None:
        for finding in certificate.judge(*files, names, now):
            yield finding
    elif not (settings.is_loopback or urlsplit(settings.public_url or "").scheme == "https"):
        yield advice("certificate", "certificate_none")


def _certificate_files(settings: Settings) -> tuple[tuple[Path, Path] | None, list[str]]:
    """Return certificate and key that browsers see, and the names it must cover."""
    typed = urlsplit(settings.public_url or "").hostname
    if settings.tls_certificate is not None and settings.tls_key is not None:
        return (settings.tls_certificate, settings.tls_key), [typed] if typed else []
    made = settings.data_dir / "tls" / "server.crt"
    if settings.lan and made.exists():
        return (made, made.with_suffix(".key")), list(lan_addresses())
    return None, []


async def _turn(settings: Settings) -> AsyncIterator[Finding]:
    if not settings.turn_urls:
        yield fine("turn", "turn_none")
        return
    for one in settings.turn_urls:
        try:
            await ask_relay(settings, one, user="doctor", patience_s=PATIENCE_S)
        except TurnProbeError as error:
            judged = advice if error.fault is Fault.QUOTA else mend
            yield judged("turn", f"turn_{error.fault}", url=one, answer=error.code or "–")
        else:
            yield fine("turn", "turn_fine", url=one)


async def _machine(settings: Settings) -> AsyncIterator[Finding]:
    found: Iterator[Finding] = machine.disk(settings)
    for finding in (*found, machine.open_files(), *machine.ntp()):
        yield finding
