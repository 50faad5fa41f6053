"""The `bangban` command: which process to be, and with what settings.

Only the command line lives here; what a command does is in `compose`. Modules are imported by the command
that needs them, so that `--help` is quick and the media process never loads SQL or HTTP.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NoReturn

from signaling import __version__
from signaling.compose.logs import configure_logging
from signaling.compose.supervisor import USAGE_STATUS, die_with_parent
from signaling.config import Settings, SettingsError
from signaling.config.options import add_options, load_given
from signaling.config.settings import DEFAULT_DATA_DIR

_SIGNALLING_NICENESS: Final = 5
_WORKER_NICENESS: Final = 15
"""Beside neither may somebody's picture stutter: so the media process goes first, without any privilege."""

_ADMINISTRATORS: Final = {
    "system": ("system_administrator", "系统管理员"),
    "security": ("security_administrator", "安全管理员"),
    "audit": ("audit_administrator", "审计管理员"),
}
"""The three of `bangban admin create --role`: role, and the name shown unless another is given."""

_SHEETS: Final = ("regions", "departments", "points", "items", "staff", "skills")
"""What `bangban admin import` takes; `domain.sheets.table.Sheet`, which `--help` does without."""

Action = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["helper"]:  # has a command line of its own
        return _helper(given[1:])
    parsed = _parser().parse_args(given)
    action: Action = parsed.action
    try:
        return action(parsed)
    except SettingsError as error:
        return _refuse(*error.sentences)
    except Exception as error:
        from signaling.compose.start_faults import sentence_of

        sentence = sentence_of(error, parsed.command)
        if sentence is None:
            raise
        return _refuse(sentence)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bangban", description="Real-time video remote assistance for public-service counters."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, action: Action, text: str, *, settings: bool = True) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(action=action)
        if settings:
            add_options(command)
        return command

    run = add("run", _run, "the demo: all processes, sample data, demo accounts")
    run.add_argument("--no-open", action="store_true", help="do not open the first page in a browser")
    add("serve", _serve, "the service: all processes under one supervisor, empty at first")
    add("signaling", _signalling, "one signalling process")
    add("media", _media, "one media process")
    add("worker", _worker, "one worker process: recordings into files")
    add("turn", _turn, "a TURN server (needs coturn)")
    doctor = add(
        "doctor", _doctor, "look at the server's side and say what to mend; exit status 1 if something is"
    )
    doctor.add_argument("--lang", choices=("zh-CN", "en"), help="of the report (default the session's)")
    doctor.add_argument("--json", action="store_true", help="for programs")
    cert = add("cert", _cert, "a local certificate authority and a certificate for this machine")
    cert.add_argument("names", nargs="*", metavar="NAME", help="more names or IP addresses to cover")
    _add_admin(commands)
    add("migrate", _migrate, "bring the database to this version's schema")
    commands.add_parser("helper", help="the program on the counter PC, for tests; there it is a .pyz")
    add("openapi", _openapi, "print the OpenAPI description", settings=False)
    kinds = add("types", _types, "print the message types in TypeScript", settings=False)
    kinds.add_argument(
        "which",
        nargs="?",
        choices=["pages", "control"],
        default="pages",
        help="those of the pages or of the control channel (default %(default)s)",
    )
    return parser


def _add_admin(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "administrators, from the command line"
    actions = commands.add_parser("admin", help=text, description=text).add_subparsers(
        dest="admin_command", required=True, metavar="ACTION"
    )
    text = "create an administrator; the first login asks for a new password"
    create = actions.add_parser("create", help=text, description=text)
    create.set_defaults(action=_admin_create)
    create.add_argument("username")
    create.add_argument("--name", help="name shown to others (default the role's)")
    create.add_argument(
        "--role",
        choices=list(_ADMINISTRATORS),
        default="system",
        help="which of the three (default %(default)s)",
    )
    create.add_argument("--region", metavar="CODE", help="what the account administers (default everything)")
    add_options(create)
    text = "give an administrator a new one-time password and enable the account"
    reset = actions.add_parser("reset", help=text, description=text)
    reset.set_defaults(action=_admin_reset)
    reset.add_argument("username")
    add_options(reset)
    text = "let nobody sign in with an administrator's account any more"
    disable = actions.add_parser("disable", help=text, description=text)
    disable.set_defaults(action=_admin_disable)
    disable.add_argument("username")
    add_options(disable)
    text = "say whether the audit log is as it was written; exit status 1 if it is not"
    check = actions.add_parser("audit-check", help=text, description=text)
    check.set_defaults(action=_admin_audit_check)
    add_options(check)
    text = "copy database, secrets, recordings and stills into a new folder, beside the running service"
    saves = actions.add_parser("backup", help=text, description=text)
    saves.set_defaults(action=_admin_backup)
    saves.add_argument("folder", type=Path)
    add_options(saves)
    _add_county(actions)


def _add_county(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "make and change regions, departments, points, items, staff and skills from files"
    imports = actions.add_parser("import", help=text, description=f"{text}. The form: docs/IMPORT.md.")
    imports.set_defaults(action=_admin_import)
    imports.add_argument(
        "folder", nargs="?", type=Path, help="folder with regions.csv, departments.csv, … (or .json)"
    )
    for sheet in _SHEETS:
        imports.add_argument(f"--{sheet}", metavar="FILE", type=Path, help=f"{sheet}, as CSV or JSON")
    imports.add_argument("--dry-run", action="store_true", help="only say what would change, line by line")
    imports.add_argument(
        "--passwords", metavar="FILE", type=Path, help="new file for the one-time passwords of new accounts"
    )
    add_options(imports)
    text = "write regions, departments, points, items, staff and skills into files"
    exports = actions.add_parser("export", help=text, description=text)
    exports.set_defaults(action=_admin_export)
    exports.add_argument("folder", type=Path)
    exports.add_argument("--format", choices=("csv", "json"), default="csv")
    add_options(exports)


def _run(parsed: argparse.Namespace) -> int:
    settings = load_given(parsed, {"demo": True})
    if settings.data_dir == DEFAULT_DATA_DIR.absolute():  # beside the service's own data, never among it
        settings = load_given(parsed, {"demo": True, "data_dir": DEFAULT_DATA_DIR / "demo"})
    return _supervise(settings, open_page=not parsed.no_open)


def _serve(parsed: argparse.Namespace) -> int:
    settings = load_given(parsed)
    if settings.demo:
        raise SettingsError(["The setting demo is refused by `bangban serve`; the demo is `bangban run`."])
    return _supervise(settings, open_page=False)


def _supervise(settings: Settings, *, open_page: bool) -> int:
    from signaling.compose.data_folder import held, make_private
    from signaling.compose.supervisor import supervise, write_line
    from signaling.compose.welcome import welcome

    make_private(settings)
    with held(settings.data_dir, "serve"):
        return asyncio.run(
            supervise(settings, beside=lambda: welcome(settings, write_line, open_page=open_page))
        )


def _signalling(parsed: argparse.Namespace) -> int:
    os.nice(_SIGNALLING_NICENESS)
    gc.disable()  # until it listens: an eighth of the start would be looking through what was just imported
    from signaling.compose import signalling
    from signaling.compose.data_folder import alone

    settings = load_given(parsed)
    with alone(settings):
        return _be(signalling.main, settings)


def _media(parsed: argparse.Namespace) -> int:
    from signaling.compose import media

    return _be(media.main, load_given(parsed))


def _worker(parsed: argparse.Namespace) -> int:
    os.nice(_WORKER_NICENESS)
    from signaling.compose import worker

    return _be(worker.main, load_given(parsed))


def _be(process: Callable[[Settings], None], settings: Settings) -> int:
    from signaling.compose.data_folder import make_private

    die_with_parent()
    make_private(settings)
    configure_logging(settings.log_level)
    process(settings)
    return 0


def _turn(parsed: argparse.Namespace) -> int:
    from signaling.compose.turn_server import turn_command
    from turn.process import TurnServerMissingError

    try:
        command = turn_command(load_given(parsed))
    except (TurnServerMissingError, ValueError) as error:
        return _refuse(str(error))
    return _become(command)


def _become(command: list[str]) -> NoReturn:
    os.execv(command[0], command)


def _doctor(parsed: argparse.Namespace) -> int:
    from signaling.compose.doctor.run import main

    return main(load_given(parsed), parsed.lang, for_programs=parsed.json)


def _cert(parsed: argparse.Namespace) -> int:
    from signaling.compose.certificates import describe, ensure_for_machine

    files = ensure_for_machine(load_given(parsed), parsed.names)
    print(describe(files))
    return 0


def _admin_create(parsed: argparse.Namespace) -> int:
    from signaling.compose.administration import AdministrationError, create_administrator
    from signaling.domain.roles import Role

    role, title = _ADMINISTRATORS[parsed.role]
    creating = create_administrator(
        load_given(parsed), parsed.username, parsed.name or title, parsed.region, Role(role)
    )
    try:
        password = asyncio.run(creating)
    except AdministrationError as error:
        return _refuse(str(error))
    print(f"Created {parsed.username}. One-time password: {password}. They can sign in at once.")
    return 0


def _admin_reset(parsed: argparse.Namespace) -> int:
    from signaling.compose.administration import AdministrationError, reset_administrator

    try:
        password = asyncio.run(reset_administrator(load_given(parsed), parsed.username))
    except AdministrationError as error:
        return _refuse(str(error))
    print(f"One-time password of {parsed.username}: {password}")
    return 0


def _admin_disable(parsed: argparse.Namespace) -> int:
    from signaling.compose.administration import AdministrationError, disable_administrator

    try:
        asyncio.run(disable_administrator(load_given(parsed), parsed.username))
    except AdministrationError as error:
        return _refuse(str(error))
    print(f"Disabled {parsed.username}; who was signed in is signed out.")
    return 0


def _admin_audit_check(parsed: argparse.Namespace) -> int:
    from signaling.compose.administration import check_audit

    found = asyncio.run(check_audit(load_given(parsed)))
    if found.is_whole:
        print(f"The audit log is whole: {found.entries} entries, the last with digest {found.digest[:16]}.")
        return 0
    if found.broken_at is not None:
        print(f"The audit log was changed: entry {found.broken_at} is not as it was written, or missing.")
    else:
        print(
            f"The end of the audit log cannot be proven: its anchor, in the data folder, is "
            f"{found.anchor.name.lower()}. Compare {found.entries} entries and digest {found.digest[:16]} "
            "with a backup or the service's own log."
        )
    return 1


def _admin_import(parsed: argparse.Namespace) -> int:
    from signaling.compose.administration import AdministrationError
    from signaling.compose.county import import_county, save_passwords
    from signaling.compose.sheet_files import SheetFileError, find_files
    from signaling.domain.sheets.table import Sheet

    given = {sheet: path for sheet in Sheet if (path := getattr(parsed, sheet.value)) is not None}
    if parsed.folder is None and not given:
        return _refuse("Name a folder or a file to import: `bangban admin import --help`.")
    if parsed.passwords is not None and parsed.passwords.exists():
        return _refuse(f"{parsed.passwords} is there already; name a new file for the passwords.")
    try:
        paths = given | (find_files(parsed.folder) if parsed.folder else {}) | given
        done = asyncio.run(import_county(load_given(parsed), paths, dry_run=parsed.dry_run))
    except SheetFileError as error:
        return _refuse(*map(str, error.faults), "Nothing was imported.")
    except AdministrationError as error:
        return _refuse(str(error))
    for name in done.ignored:
        print(f"The column {name} means nothing here and is ignored.", file=sys.stderr)
    if done.plan.faults:
        return _refuse(*map(str, done.plan.faults), "Nothing was imported.")
    for line in done.plan.lines:
        print(line)
    told = f"{len(done.plan.lines)} to change" if parsed.dry_run else f"{len(done.plan.lines)} changed"
    running = "" if parsed.dry_run else " A running service has taken it up."
    print(f"{told}, {done.plan.unchanged} as they were.{running}")
    if done.passwords and parsed.passwords is not None:
        save_passwords(parsed.passwords, done.passwords)
        print(f"One-time passwords of {len(done.passwords)} new accounts: {parsed.passwords}")
    else:
        for username, password in done.passwords:
            print(f"One-time password of {username}: {password}")
    return 0


def _admin_export(parsed: argparse.Namespace) -> int:
    from signaling.compose.county import export_county

    for path in asyncio.run(export_county(load_given(parsed), parsed.folder, parsed.format)):
        print(path)
    return 0


def _admin_backup(parsed: argparse.Namespace) -> int:
    from signaling.compose.administration import AdministrationError
    from signaling.compose.backup import backup

    try:
        elsewhere = backup(load_given(parsed), parsed.folder)
    except AdministrationError as error:
        return _refuse(str(error))
    print(f"Copied into {parsed.folder}. To restore: stop the service, and put it in place of its data_dir.")
    for sentence in elsewhere:
        print(sentence)
    return 0


def _migrate(parsed: argparse.Namespace) -> int:
    from signaling.compose.administration import migrate_database

    asyncio.run(migrate_database(load_given(parsed)))
    return 0


def _openapi(_: argparse.Namespace) -> int:
    from signaling.web.rest import FAMILIES
    from signaling.web.schema.openapi import openapi

    json.dump(openapi(FAMILIES, version=__version__), sys.stdout, ensure_ascii=False, indent=2)
    return 0


def _types(parsed: argparse.Namespace) -> int:
    from signaling.web.schema.control_typescript import control_typescript
    from signaling.web.schema.typescript import typescript

    print(control_typescript() if parsed.which == "control" else typescript(), end="")
    return 0


def _helper(arguments: Sequence[str]) -> int:
    from web_client.helper.command import main as helper_main

    return helper_main(arguments)


def _refuse(*sentences: str) -> int:
    for sentence in sentences:
        print(f"bangban: {sentence}", file=sys.stderr)
    return USAGE_STATUS


if __name__ == "__main__":
    sys.exit(main())
