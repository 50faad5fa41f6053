"""The command line of the helper, and what its commands do."""

from __future__ import annotations

import argparse
import os
import platform
import random
import signal
import socket
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from web_client.helper import VERSION, log, settings, watchdog, words
from web_client.helper.connection import ConnectionFault, open_connection
from web_client.helper.injector import InjectorError
from web_client.helper.instance import AlreadyRunningError, Instance, write_autostart
from web_client.helper.introduction import introduce
from web_client.helper.pairing import pair
from web_client.helper.service import NotWanted, Service
from web_client.helper.session_type import NoDesktopError, open_desktop, open_injector
from web_client.helper.watchdog import Watchdog, WatchdogLostError, own_command
from web_client.helper.wire import Hello

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web_client.helper.settings import Settings

_FAULT, _USAGE, _NOT_WANTED = 1, 2, 3
_NOTICE_S = 60.0
"""How long a sentence for the person at the PC stays, unless it is clicked away."""
_RETRY_S = (1.0, 2.0, 4.0, 8.0, 10.0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 1 fault, 2 usage or settings, 3 refused by the server."""
    parsed = _parser().parse_args(arguments)
    os.umask(0o077)
    if parsed.command == "watchdog":
        return watchdog.main(lambda: open_injector(os.environ))
    where = Path(parsed.folder) if parsed.folder else settings.folder()
    try:
        told = settings.with_options(
            settings.load(where),
            server=parsed.server,
            authority=parsed.ca,
            proxy=parsed.proxy,
            language=parsed.language,
        )
    except settings.SettingsError as error:
        return _refuse(str(error), _USAGE)
    spoken = told.language or words.language()
    if not told.server:
        return _refuse(words.say("fault.no_server", spoken), _USAGE)
    try:
        if parsed.command == "prepare":
            return _prepare(where, told, spoken)
        if parsed.command == "pair":
            return _pair(where, told, parsed.code, spoken, autostart=not parsed.no_autostart)
        return _run(where, told, spoken, to_terminal=parsed.verbose)
    except AlreadyRunningError:
        return _refuse(words.say("fault.running", spoken), _FAULT)
    except (NoDesktopError, ConnectionFault) as error:
        return _refuse(words.say(error.word, spoken), _FAULT)
    except NotWanted as error:
        return _refuse(words.refusal(error.code, spoken), _NOT_WANTED)
    except (InjectorError, WatchdogLostError) as error:
        return _refuse(str(error), _FAULT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bangban-helper.pyz",
        description="The helper on the counter PC: lets a specialist work here, with consent.",
    )
    parser.add_argument("--version", action="version", version=VERSION)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--server", metavar="URL", help="https://HOST[:PORT] of the service")
    shared.add_argument(
        "--ca", metavar="FILE", help="certificate of an own authority, trusted besides the system's"
    )
    shared.add_argument("--proxy", metavar="URL", help="HTTP proxy; empty for none (default https_proxy)")
    shared.add_argument("--language", choices=sorted(words.CATALOGUES), help="of banner and messages")
    shared.add_argument(
        "--folder", metavar="DIR", help="where settings and log are (default ~/.config/bangban-helper)"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.required = True
    run = commands.add_parser("run", parents=[shared], help="connect and wait for consent")
    run.add_argument("--verbose", action="store_true", help="write the log to the terminal too")
    paired = commands.add_parser(
        "pair", parents=[shared], help="make this PC known, with a code of the clerk console"
    )
    paired.add_argument("code", type=_code, help="the six digits shown there")
    paired.add_argument("--no-autostart", action="store_true", help="do not start with the login")
    commands.add_parser(
        "prepare",
        parents=[shared],
        help="remember the server and start with the login, where the code is asked for",
    )
    commands.add_parser("watchdog", help="started by `run` itself")
    return parser


def _code(given: str) -> str:
    code = given.replace(" ", "")
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        raise argparse.ArgumentTypeError("a pairing code has six digits")
    return code


def _pair(where: Path, told: Settings, code: str, spoken: str, *, autostart: bool) -> int:
    settings.save(where, replace(told, key=_key_for(told, code)))
    if autostart:
        _start_with_login(where)
    print(words.say("told.paired", spoken))
    return 0


def _prepare(where: Path, told: Settings, spoken: str) -> int:
    settings.save(where, told)
    _start_with_login(where)
    print(words.say("told.prepared", spoken))
    return 0


def _key_for(told: Settings, code: str) -> str:
    connection = open_connection(told.server, authority=_authority(told), proxy=told.proxy)
    try:
        return pair(connection, _hello(key="", code=code))
    finally:
        connection.close()


def _start_with_login(where: Path) -> None:
    if os.name != "nt":
        write_autostart(own_command("run", *(["--folder", str(where)] if where != settings.folder() else [])))


def _run(where: Path, told: Settings, spoken: str, *, to_terminal: bool) -> int:
    instance = Instance(where)
    log.configure(where, to_terminal=to_terminal)
    try:
        desktop = open_desktop(os.environ, spoken)
        try:
            if not told.key:
                key = introduce(desktop, time.monotonic, partial(_key_for, told), spoken)
                if key is None:
                    return 0
                told = replace(told, key=key)
                settings.save(where, told)
            dog = Watchdog(own_command("watchdog"))
            service = Service(desktop, dog, time.monotonic, VERSION)
            try:
                _serve_for_ever(service, told, spoken)
            except NotWanted as refused:
                desktop.show_notice(words.refusal(refused.code, spoken))
                service.wait(_NOTICE_S)
                raise
            finally:
                dog.close()
        finally:
            desktop.close()
    except _Ended:
        log.logger.info("ended by a signal")
        return 0
    except (NoDesktopError, NotWanted, InjectorError, WatchdogLostError) as error:
        log.logger.error("ended: %s", error)
        raise
    finally:
        log.unconfigure()
        instance.close()


class _Ended(BaseException):
    """A signal asked for the end; no handler of errors may take it for one."""


def _serve_for_ever(service: Service, told: Settings, spoken: str) -> NoReturn:
    def end(number: int, frame: object) -> None:
        raise _Ended

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    failures = 0
    while True:
        try:
            connection = open_connection(told.server, authority=_authority(told), proxy=told.proxy)
            failures = 0
            log.logger.info("%s", words.say("told.connected", spoken))
            service.serve(connection, _hello(key=told.key, code=""))
        except ConnectionFault as fault:
            log.logger.warning("%s (%s)", words.say(fault.word, spoken), fault)
        service.wait(_RETRY_S[min(failures, len(_RETRY_S) - 1)] * random.uniform(0.5, 1.5))
        failures += 1


def _hello(*, key: str, code: str) -> Hello:
    return Hello(
        VERSION, f"{platform.system()} {platform.machine()}"[:80], socket.gethostname()[:80], key, code
    )


def _authority(told: Settings) -> Path | None:
    return Path(told.authority) if told.authority else None


def _refuse(sentence: str, status: int) -> int:
    print(f"bangban-helper: {sentence}", file=sys.stderr)
    return status
