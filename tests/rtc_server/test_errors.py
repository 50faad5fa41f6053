import pytest

from rtc_server.errors import (
    LimitError,
    MalformedError,
    MediaError,
    NotFoundError,
    StateError,
    UnsupportedError,
    WireError,
    error_from_code,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MalformedError, "malformed"),
        (UnsupportedError, "unsupported"),
        (NotFoundError, "not_found"),
        (LimitError, "limit_reached"),
        (StateError, "bad_state"),
    ],
)
def test_codes_cross_the_control_channel(error: type[MediaError], code: str) -> None:
    raised = error("A sentence.")
    assert (raised.code, raised.sentence, str(raised)) == (code, "A sentence.", "A sentence.")
    rebuilt = error_from_code(raised.code, raised.sentence)
    assert type(rebuilt) is error
    assert rebuilt.sentence == raised.sentence


def test_unknown_code_is_kept() -> None:
    rebuilt = error_from_code("from_the_future", "Something new.")
    assert type(rebuilt) is MediaError
    assert rebuilt.code == "from_the_future"


def test_wire_errors_are_no_media_errors() -> None:
    assert not issubclass(WireError, MediaError)
