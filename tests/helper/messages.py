"""Any message of the control channel, for Hypothesis and for the fuzzer."""

from dataclasses import fields
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from web_client.helper import checks, wire
from web_client.helper.envelope import Frame
from web_client.helper.vocabulary import MAX_COUNT, Scope
from web_client.helper.wire import Grant, Message, Monitor

ALL = {**wire.DOWN, **wire.UP}
LEFT = Monitor("left", 0, 0, 1440, 900, "#e60012")
RIGHT = Monitor("right", 1440, 0, 1440, 900, "#0068b7")

_TEXT = st.characters(exclude_categories=("Cs", "Cc"))


def values(check: checks.Check) -> st.SearchStrategy[Any]:
    """Return what a check takes, as a message holds it."""
    match check:
        case checks.Unit():
            return st.floats(0, 1)
        case checks.Flag():
            return st.booleans()
        case checks.Point():
            return st.tuples(st.floats(0, 1), st.floats(0, 1))
        case checks.Whole():
            return st.integers(check._low, check._high)
        case checks.OneOf():
            return st.sampled_from(sorted(check._words.values(), key=_value))
        case checks.Many():
            return st.lists(values(check._item), max_size=min(check._most, 4)).map(tuple)
        case wire.Part():
            return messages(check._message)
        case checks.Text():
            return st.one_of(
                st.from_regex(
                    check._pattern, fullmatch=True, alphabet=st.characters(exclude_categories=("Cs",))
                ),
                st.text(_TEXT, max_size=min(check._most, 40)),
            ).filter(lambda text: _is_taken(check, text))
    raise AssertionError(f"a check without values: {check}")


def messages(kind: type[Message]) -> st.SearchStrategy[Any]:
    """Return messages of one kind."""
    parts = {one.name: values(wire.check_of(one)) for one in fields(kind)}
    return st.builds(kind, **parts)


def frames(table: wire.Table) -> st.SearchStrategy[Frame]:
    """Return frames of every kind in a table."""
    grant = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
    number = st.integers(1, MAX_COUNT)
    return st.one_of(
        [
            st.builds(Frame, grant if kind.in_grant else st.just(""), number, messages(kind))
            for kind in table.values()
        ]
    )


def grant(name: str = "g1", *scopes: Scope, monitor: str = "left", lasts_ms: int = 600_000) -> Grant:
    """Return a grant with everything, or with these scopes."""
    return Grant(name, "王专员", scopes or tuple(Scope), monitor, 1, lasts_ms)


def _value(word: Enum) -> str:
    return str(word.value)


def _is_taken(check: checks.Text, text: str) -> bool:
    try:
        check.take(text)
    except checks.FieldError:
        return False
    return True
