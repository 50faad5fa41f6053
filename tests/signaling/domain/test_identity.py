"""Numbers of identity cards: which can be somebody's, and what is kept of them."""

from datetime import date

import pytest

from signaling.domain.identity import DocumentKind, check_digit, is_resident_number, mask_number

TODAY = date(2026, 11, 27)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014", "533324199001011233"])
def test_the_examples_of_the_standard_hold(number: str) -> None:
    assert check_digit(number[:17]) == number[17]
    assert is_resident_number(number, TODAY)
    assert is_resident_number(number.lower(), TODAY)


@pytest.mark.parametrize("place", range(17))
def test_every_digit_misread_shows(place: int) -> None:
    number = "533324199001011233"
    other = str((int(number[place]) + 1) % 10)
    assert not is_resident_number(number[:place] + other + number[place + 1 :], TODAY)


@pytest.mark.parametrize(
    ("number", "may_be"),
    [
        ("533324900101123", True),
        ("533324901301123", False),
        ("033324900101123", False),
        ("53332419900101123", False),
        ("5333241990010112\uff133", False),
        ("E12345678", False),
        ("", False),
        (f"53332420270101123{check_digit('53332420270101123')}", False),
        (f"53332417990101123{check_digit('53332417990101123')}", False),
    ],
)
def test_others_are_told_apart(number: str, may_be: bool) -> None:
    assert is_resident_number(number, TODAY) is may_be


@pytest.mark.parametrize(
    ("number", "kind", "kept"),
    [
        ("533324199001011233", DocumentKind.RESIDENT, "533***********1233"),
        ("533324900101123", DocumentKind.RESIDENT, "533********1123"),
        ("E12345678", DocumentKind.OTHER, "E******78"),
        ("H1234", DocumentKind.OTHER, "H**34"),
    ],
)
def test_what_is_kept_of_a_number(number: str, kind: DocumentKind, kept: str) -> None:
    assert mask_number(number, kind) == kept
