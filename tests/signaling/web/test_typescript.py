"""The committed TypeScript is the one the messages make."""

from pathlib import Path
from typing import Literal

import pytest

from signaling.web.schema.control_typescript import control_typescript
from signaling.web.schema.typescript import type_name, typescript

PROTOCOL = Path(__file__).parents[3] / "web_client" / "src" / "protocol"


def test_committed_types_are_not_stale() -> None:
    assert (PROTOCOL / "generated.ts").read_text() == typescript(), "run `bangban types`"
    assert (PROTOCOL / "control.ts").read_text() == control_typescript(), "run `bangban types control`"


def test_types_of_every_kind_of_field() -> None:
    assert type_name(list[tuple[float, float]]) == "[number, number][]"
    assert type_name(list[int | None]) == "(number | null)[]"
    assert type_name(Literal["a", "b"] | None) == '"a" | "b" | null'


def test_a_type_no_message_may_have_is_refused() -> None:
    with pytest.raises(TypeError):
        type_name(set[int])
