"""Names and kinds of files: nothing that leads elsewhere, hides what it is, or runs."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.domain.errors import InvalidError
from signaling.domain.files import LONGEST_NAME, TYPES, checked_name, require_type


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../../x",
            "../../x.pdf",
            "..\\x.pdf",
            "/etc/passwd.txt",
            "C:\\a.pdf",
            "a/b.pdf",
            "a:b.pdf",
            "a*.pdf",
        ),
        *(
            ".pdf",
            ".hidden.pdf",
            " a.pdf",
            "a.pdf ",
            "",
            "a\0.pdf",
            "a\n.pdf",
            "表\u202efdp.pdf",
            "a\ud800.pdf",
        ),
        *("con.pdf", "CON.a.pdf", "nul.txt", "lpt1.pdf", "字" * LONGEST_NAME + ".pdf"),
    ],
)
def test_a_name_that_leads_elsewhere_or_hides_something_is_refused(name: str) -> None:
    with pytest.raises(InvalidError, match="file_name"):
        checked_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "a.exe",
        "a.sh",
        "a.pdf.desktop",
        "a.html",
        "a.svg",
        "a.zip",
        "a.docm",
        "a.js",
        "a.lnk",
        "a",
        "pdf",
        "a.",
    ],
)
def test_what_runs_or_is_unknown_is_refused(name: str) -> None:
    with pytest.raises(InvalidError, match="file_type"):
        checked_name(name)


@pytest.mark.parametrize("name", ["申请表.pdf", "申请 表(1).PDF", "身份证.jpeg", "a.b.docx", "e\u0301.txt"])
def test_a_plain_name_is_taken_in_its_normal_form(name: str) -> None:
    kept, kind = checked_name(name)
    assert kept == unicodedata.normalize("NFC", name)
    assert kind is TYPES[name.rpartition(".")[2].casefold()]


@given(st.text(max_size=200))
def test_any_name_is_refused_or_stays_in_its_folder(name: str) -> None:
    try:
        kept, _ = checked_name(name)
    except InvalidError:
        return
    assert not set(kept) & set('/\\:*?"<>|\0')
    assert kept.strip() == kept
    assert not kept.startswith(".")
    assert len(kept.encode()) <= 4 * LONGEST_NAME


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"MZ\x90\0"),
        ("a.pdf", b""),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("a.txt", b"abc\0"),
        ("a.txt", b""),
        ("a.jpg", b"<html>"),
    ],
)
def test_bytes_that_are_not_what_the_name_says_are_refused(name: str, data: bytes) -> None:
    with pytest.raises(InvalidError, match="file_type"):
        require_type(checked_name(name)[1], data)


def test_bytes_of_their_kind_are_taken() -> None:
    for end, kind in TYPES.items():
        require_type(checked_name(f"a.{end}")[1], kind.magic + b"...")
