"""The settings as command-line options, so that `--help` lists every one of them."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Final, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from signaling.config.settings import PREFIX, Settings
from signaling.config.sources import CONFIG_FILE, is_secret, load

_METAVARS: Final = ((int, "N"), (float, "SECONDS"), (Path, "PATH"))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add one option for each setting (secrets are only named) and `--config`."""
    group = parser.add_argument_group("settings", "Each is also a variable or a line of the TOML file.")
    group.add_argument("--config", metavar="FILE", type=Path, help=f"TOML file of settings ({CONFIG_FILE})")
    for name, field in Settings.model_fields.items():
        if not is_secret(name):
            _add_option(group, name, field)
    hidden = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields if is_secret(name)]
    parser.epilog = f"Secrets come from the environment or the file only: {', '.join(hidden)}."


def load_given(arguments: argparse.Namespace, overrides: Mapping[str, object] | None = None) -> Settings:
    """Return the settings for a parsed command line; raises `SettingsError`.

    Args:
        overrides: values that the command itself decides, above everything else.
    """
    given = {
        name: value for name in Settings.model_fields if (value := getattr(arguments, name, None)) is not None
    }
    return load(given | dict(overrides or {}), config_file=arguments.config)


def _add_option(group: argparse._ArgumentGroup, name: str, field: FieldInfo) -> None:
    option = f"--{name.replace('_', '-')}"
    text = f"{field.description} ({PREFIX}{name.upper()}{_default(field)})".replace("%", "%%")
    if field.annotation is bool:
        group.add_argument(option, dest=name, action=argparse.BooleanOptionalAction, default=None, help=text)
    else:
        group.add_argument(option, dest=name, metavar=_metavar(field), help=text)


def _default(field: FieldInfo) -> str:
    value = field.default
    return "" if value is None or value == () else f"; default {value}"


def _metavar(field: FieldInfo) -> str:
    kind = _plain(field.annotation)
    if get_origin(kind) is tuple:
        return "A,B"
    return next((name for of, name in _METAVARS if kind is of), "TEXT")


def _plain(annotation: object) -> object:
    """Return the type inside `X | None` and `Annotated[X, …]`."""
    while get_origin(annotation) in (Annotated, UnionType, Union):
        annotation = get_args(annotation)[0]
    return annotation
