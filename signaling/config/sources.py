"""Make the settings from the command line, the environment and one TOML file; refuse what is wrong by name.

The order of precedence is the order above. A name that is no setting is refused too, wherever it stands: a
misspelt setting that is quietly ignored is the worst kind.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from signaling.config.settings import PREFIX, Settings

CONFIG_FILE: Final = f"{PREFIX}CONFIG"
"""Environment variable that names the TOML file."""

_OTHER_VARIABLES: Final = frozenset(
    {CONFIG_FILE, f"{PREFIX}PYTHON", f"{PREFIX}SUPERVISED", f"{PREFIX}HEARTBEAT_FD"}
)
"""Variables of ours that are no settings: the file's place, ./dev's Python, the supervisor's marks."""


class SettingsError(Exception):
    """Settings that cannot be used.

    Attributes:
        sentences: one sentence for each wrong setting, with its name and what to do.
    """

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("\n".join(self.sentences))


def load(given: Mapping[str, object], *, config_file: Path | None = None) -> Settings:
    """Return the settings; raise `SettingsError` naming every wrong one.

    Args:
        given: values from the command line, strings or parsed.
        config_file: the TOML file; default the one that BANGBAN_CONFIG names, if any.
    """
    named = os.environ.get(CONFIG_FILE)
    path = config_file or (Path(named) if named else None)
    from_file = _read_file(path) if path else {}
    _refuse_unknown(os.environ, from_file, path)

    class Loaded(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (init_settings, env_settings, lambda: from_file)  # type: ignore[return-value]

    try:
        loaded = Loaded(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(_sentences(error)) from None
    return Settings.model_construct(**dict(loaded))


def is_secret(name: str) -> bool:
    """Return whether a setting must not stand on a command line, where every user of the machine sees it."""
    return Settings.model_fields[name].annotation == SecretStr | None


def _read_file(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise SettingsError([f"The settings file {path} cannot be read: {error.strerror}."]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"The settings file {path} is not TOML: {error}."]) from None


def _refuse_unknown(environ: Mapping[str, str], from_file: Mapping[str, object], path: Path | None) -> None:
    known = Settings.model_fields
    variables = {f"{PREFIX}{name.upper()}" for name in known} | _OTHER_VARIABLES
    unknown = [
        f"{name} is no setting{_meant(name, variables)}. See `bangban serve --help`."
        for name in environ
        if name.startswith(PREFIX) and name not in variables
    ]
    unknown += [
        f"{name} in {path} is no setting{_meant(name, known)}. See `bangban serve --help`."
        for name in from_file
        if name not in known
    ]
    if unknown:
        raise SettingsError(unknown)


def _meant(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}" if close else ""


def _sentences(error: ValidationError) -> list[str]:
    sentences = []
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        message = problem["msg"].removeprefix("Value error, ")
        if not problem["loc"]:
            sentences.append(f"Settings that do not fit together: {message}.")
            continue
        name = str(problem["loc"][0])
        option = "" if is_secret(name) else f", --{name.replace('_', '-')}"
        sentences.append(f"The setting {name} ({PREFIX}{name.upper()}{option}) is wrong: {message}.")
    return sentences
