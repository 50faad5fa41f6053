"""Routing policies from a TOML file: what they are, and which items, bureaus and regions go by them.

    [policies.experts]
    steps = [
      { name = "own_county", widest = "county", least_level = 4, expires_after = 20 },
      { name = "prefecture" },
    ]
    [use]
    items = { "YB-003" = "experts" }
    departments = { "医疗保障局" = "experts" }
    regions = { "533324" = "experts" }

A policy called `default` replaces the program's own, for all that name none. A step's name is its reason in
the web client's catalogue (`session.why`); one that is unknown there is not shown.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from signaling.config import SettingsError
from signaling.domain.roles import Post
from signaling.domain.routing.policy import DEFAULT_POLICY, Policies, Policy, PolicyStep

_MOST_STEPS: Final = 12
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Step(_Part):
    name: _Name
    widest: Literal["village", "township", "county", "prefecture", "province"] = "province"
    language: bool = False
    least_level: int = Field(1, ge=1, le=5)
    post: Post | None = None
    bureau: str | None = Field(None, min_length=1, max_length=100)
    preferred: bool = False
    expires_after: float = Field(30.0, ge=0, le=86_400)


class _Policy(_Part):
    steps: list[_Step] = Field(min_length=1, max_length=_MOST_STEPS)


class _Use(_Part):
    items: dict[str, _Name] = Field(default_factory=dict)
    departments: dict[str, _Name] = Field(default_factory=dict)
    regions: dict[str, _Name] = Field(default_factory=dict)


class _File(_Part):
    policies: dict[_Name, _Policy]
    use: _Use = Field(default_factory=_Use)


def read_policies(path: Path | None) -> Policies:
    """Return the policies of a file, None for the program's own alone; raise SettingsError."""
    if path is None:
        return Policies()
    try:
        found = _File.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise _wrong(path, f"cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(path, f"is not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise _wrong(path, f"at {where}: {first['msg']}") from None
    known = {DEFAULT_POLICY.name: DEFAULT_POLICY}
    known |= {name: _policy(name, given) for name, given in found.policies.items()}
    return Policies(
        known[DEFAULT_POLICY.name],
        _used(path, known, found.use.items),
        _used(path, known, found.use.departments),
        _used(path, known, found.use.regions),
    )


def _policy(name: str, given: _Policy) -> Policy:
    return Policy(name, tuple(PolicyStep(**step.model_dump()) for step in given.steps))


def _used(path: Path, known: Mapping[str, Policy], names: Mapping[str, str]) -> dict[str, Policy]:
    for of, name in names.items():
        if name not in known:
            raise _wrong(path, f"has no policy {name}, by which {of} is to go")
    return {of: known[name] for of, name in names.items()}


def _wrong(path: Path, what: str) -> SettingsError:
    return SettingsError([f"The setting routing_policies: {path} {what}."])
