"""The contract documents: what code cites of them is there."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = ("rtc_server", "signaling", "recording", "turn", "tests", "web_client/src", "web_client/tests")
SUFFIXES = {".py", ".ts", ".vue", ".mjs", ".css"}
DOCUMENTS = ("MEDIA_CONTRACT", "RECORDING")
_POINTS = r"[A-H]\b|\d+(?:\s*–\s*\d+)?(?:\s*(?:,|and)\s*\d+(?:\s*–\s*\d+)?)*"
_CITATION = re.compile(rf"\b({'|'.join(DOCUMENTS)})\s+({_POINTS})")
_OTHER_PAPERS = re.compile(r"\b(?:PRODUCT|ARCHITECTURE|DESIGN|STYLE|REMOTE_CONTROL)\.md\b")


def sources() -> Iterator[Path]:
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in SUFFIXES and not {"node_modules", "dist"} & set(path.parts):
                yield path


def points(document: str) -> list[str]:
    """Return the letters and numbers of a document, in its order."""
    text = (ROOT / "docs" / f"{document}.md").read_text()
    return re.findall(r"^(?:## )?([A-H]|\d+)\. ", text, re.MULTILINE)


def cited() -> Iterator[tuple[Path, str, str]]:
    """Yield where which point of which document is cited."""
    for path in sources():
        text = re.sub(r"\s*\n\s*(?:#|//|\*)?\s*", " ", path.read_text())
        for document, found in _CITATION.findall(text):
            for part in re.split(r",|and", found):
                first, _, last = (word.strip() for word in part.partition("–"))
                if last:
                    yield from ((path, document, str(number)) for number in range(int(first), int(last) + 1))
                else:
                    yield path, document, first


@pytest.mark.parametrize("document", DOCUMENTS)
def test_points_count_up_without_gaps(document: str) -> None:
    found = points(document)
    numbers = [int(point) for point in found if point.isdigit()]
    letters = [point for point in found if point.isalpha()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert letters[0] == "A"
    assert all(ord(after) == ord(before) + 1 for before, after in pairwise(letters))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_point_that_code_cites_exists(document: str) -> None:
    known = set(points(document))
    citations = [(path, point) for path, name, point in cited() if name == document]
    assert citations, "nothing is cited: the test looks in the wrong place"
    missing = [f"{path.relative_to(ROOT)}: {point}" for path, point in citations if point not in known]
    assert missing == []


def test_code_cites_no_paper_that_is_not_here() -> None:
    this = Path(__file__)
    found = [path for path in sources() if path != this and _OTHER_PAPERS.search(path.read_text())]
    assert found == []
