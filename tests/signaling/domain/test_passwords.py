"""Which passwords are refused, and why."""

import pytest

from signaling.domain.passwords import weakness
from signaling.domain.sentences import SENTENCES


def told(password: str) -> str | None:
    return weakness(password, username="wangxiuying", name="王秀英", least=10)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Kx9!fe2", "password_too_short"),
        ("8264917350", "password_one_kind"),
        ("nvkqhduwbz", "password_one_kind"),
        ("!?!?$%&/()=", "password_one_kind"),
        ("WangXiuYing-7", "password_has_name"),
        ("王秀英在独龙江2026", "password_has_name"),
        ("password123", "password_common"),
        ("Passw0rd!1", "password_common"),
        ("P@ssw0rd2024", "password_common"),
        ("Admin@123456", "password_common"),
        ("bangban2026!", "password_common"),
        ("Qwerty12345", "password_common"),
        ("1qaz2wsx3edc", "password_common"),
        ("abc123abc123", "password_common"),
        ("aaaaaa1111", "password_common"),
        ("woaini1314", "password_common"),
        ("correct horse 7", None),
        ("Kx9!fe2-qw", None),
        ("雨天 borrows 3 伞", None),
    ],
)
def test_a_password_is_judged(password: str, why: str | None) -> None:
    assert told(password) == why
    if why is not None:
        assert why in SENTENCES
