"""The vectors that the practice PC of the web client is held to are what this session answers."""

from pathlib import Path

from tests.helper.session_vectors import vectors, written

FILE = Path(__file__).with_name("session_vectors.json")


def test_the_file_is_what_the_session_answers() -> None:
    assert FILE.read_text(encoding="utf-8") == written()


def test_every_state_is_left_and_entered() -> None:
    ends = {case["to"] for case in vectors()["cases"]}
    assert ends == {"idle", "granted", "paused_local", "paused_rate", "revoked"}
