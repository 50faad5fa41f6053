"""The log under a flood: few lines, each of them one line, and a count of those left out."""

import logging

from signaling.compose.log_limits import LogLimits


class Log:
    """A handler that keeps what it would write."""

    def __init__(self) -> None:
        self.now = 0.0
        self.limits = LogLimits(("signaling",), lambda: self.now)
        self.lines: list[str] = []

    def say(
        self, name: str, level: int, text: str, *, line: int = 1, error: BaseException | None = None
    ) -> None:
        info = (type(error), error, error.__traceback__) if error else None
        record = logging.LogRecord(name, level, "file.py", line, text, (), info)
        if self.limits.filter(record):
            self.lines.append(logging.Formatter().format(record))


def failed() -> ValueError:
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        return error


def test_a_library_that_is_made_to_log_tracebacks_writes_some_single_lines() -> None:
    log = Log()
    for number in range(100_000):
        log.say("engineio.server", logging.ERROR, f"handler error {number}", error=failed())
    assert len(log.lines) == 20
    assert log.lines[0] == "handler error 0: ValueError: two lines"
    log.now = 5.0
    log.say("socketio.server", logging.ERROR, "other")
    assert log.lines[-1] == "other", "another library has its own places"
    log.say("engineio.server", logging.ERROR, "x" * 5000)
    assert log.lines[-1].endswith("(and 99980 like it)")
    assert len(log.lines[-1]) < 1100


def test_our_own_tracebacks_are_kept_and_counted_by_place() -> None:
    log = Log()
    for _ in range(50):
        log.say("signaling.web", logging.ERROR, "command failed", line=1, error=failed())
    log.say("signaling.web", logging.ERROR, "another", line=2, error=failed())
    assert len(log.lines) == 21
    assert "Traceback" not in log.lines[0] or "ValueError" in log.lines[0]
    assert "ValueError" in log.lines[-1]
    assert "\n" in log.lines[-1]


def test_what_happens_in_calls_is_never_left_out() -> None:
    log = Log()
    for _ in range(1000):
        log.say("signaling.services.calls", logging.INFO, "call requested")
    assert len(log.lines) == 1000
