"""The tables of a county in files: CSV as spreadsheets save it, or JSON; read with the line of every row.

CSV is UTF-8 with or without a mark, or GB 18030 as Chinese spreadsheets write it; the first line names the
columns. JSON is a list of objects with the columns as keys.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from signaling.domain.sheets.table import COLUMNS, LISTS, Cell, Fault, Row, Sheet, column_named, join, split

_FORMATS: Final = ("csv", "json")
_LARGEST: Final = 64 << 20
_RISKY: Final = ("=", "+", "-", "@", "\t", "'")
"""What makes a spreadsheet compute a cell; written behind an apostrophe, which is taken away again."""


class SheetFileError(Exception):
    """Files that cannot be read; `faults` say where and why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Files:
    """Rows of several files, and the columns in them that mean nothing here."""

    rows: tuple[Row, ...]
    ignored: tuple[str, ...]


def find_files(folder: Path) -> dict[Sheet, Path]:
    """Return the tables of a folder: `regions.csv` or `regions.json`, and so on.

    Raises SheetFileError: there are none, or one in both forms.
    """
    found: dict[Sheet, Path] = {}
    for sheet in Sheet:
        files = [path for form in _FORMATS if (path := folder / f"{sheet}.{form}").is_file()]
        if len(files) > 1:
            raise SheetFileError(
                [Fault(str(files[1]), 1, "", f"is there as {files[0].name} too", "Remove one")]
            )
        if files:
            found[sheet] = files[0]
    if not found:
        names = ", ".join(f"{sheet}.csv" for sheet in Sheet)
        raise SheetFileError([Fault(str(folder), 1, "", "has no table in it", f"Put there any of {names}")])
    return found


def read_files(paths: Mapping[Sheet, Path]) -> Files:
    """Read every file; raises SheetFileError with all that is wrong with their form."""
    rows: list[Row] = []
    ignored: list[str] = []
    faults: list[Fault] = []
    for sheet, path in paths.items():
        try:
            text = _text(path)
            records = _json(path, text) if path.suffix.lower() == ".json" else _csv(path, text)
            for line, record in records:
                cells = _cells(sheet, record)
                rows.append(Row(sheet, str(path), line, cells))
                ignored += [f"{path.name}: {name}" for name in record if column_named(sheet, name) is None]
        except SheetFileError as error:
            faults += error.faults
    if faults:
        raise SheetFileError(faults)
    return Files(tuple(rows), tuple(dict.fromkeys(ignored)))


def write_files(folder: Path, sheets: Mapping[Sheet, Sequence[Mapping[str, Cell]]], form: str) -> list[Path]:
    """Write every table as `csv` or `json` into a folder; return the files."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = []
    for sheet, rows in sheets.items():
        path = folder / f"{sheet}.{form}"
        text = _as_json(rows) if form == "json" else _as_csv(sheet, rows)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8" if form == "json" else "utf-8-sig", newline="")
        written.append(path)
    return written


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise _broken(path, 1, f"is larger than {_LARGEST >> 20} MiB", "Split it")
        data = path.read_bytes()
    except OSError as error:
        raise _broken(
            path, 1, f"cannot be read: {error.strerror}", "Check the name and who may read it"
        ) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _broken(path, 1, "is neither UTF-8 nor GB 18030", "Save it as CSV UTF-8")


def _broken(path: Path, line: int, problem: str, remedy: str) -> SheetFileError:
    return SheetFileError([Fault(str(path), line, "", problem, remedy)])


def _csv(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each row that is not empty, with the line where it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    begins = 1
    try:
        for record in reader:
            line, begins = begins, reader.line_num + 1
            if not any(cell.strip() for cell in record):
                continue
            if header is None:
                header = record
            elif len(record) > len(header):
                raise _broken(
                    path, line, f"has {len(record)} cells under {len(header)} columns", "Quote commas"
                )
            else:
                yield line, dict(zip(header, map(_plain, record), strict=False))
    except csv.Error as error:
        raise _broken(path, begins, f"is not CSV ({error})", "Save it anew from the spreadsheet") from None
    if header is None:
        raise _broken(path, 1, "is empty", "Name the columns in the first line")


def _json(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each object of a list, with the line where it begins."""
    decoder = json.JSONDecoder()
    at = _skip(text, 0)
    if not text.startswith("[", at):
        raise _broken(path, 1, "is no list", "Write [ {…}, {…} ]")
    at = _skip(text, at + 1)
    while not text.startswith("]", at):
        line = text.count("\n", 0, at) + 1
        try:
            record, at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            line = getattr(error, "lineno", line)
            raise _broken(
                path, line, "is not JSON here", "Look for a missing comma, quote or bracket"
            ) from None
        if not isinstance(record, dict):
            raise _broken(path, line, "is no object", 'Write {"code": …}')
        yield line, record
        at = _skip(text, at)
        if text.startswith(",", at):
            at = _skip(text, at + 1)
        elif not text.startswith("]", at):
            line = text.count("\n", 0, at) + 1
            raise _broken(path, line, "is not JSON here", "Look for a missing comma or bracket")


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _cells(sheet: Sheet, record: Mapping[str, Any]) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for header, value in record.items():
        name = column_named(sheet, header)
        if name is not None:
            found[name] = _cell(name, value)
    return found


def _cell(name: str, value: Any) -> Cell:
    """Return a value of JSON, or a text of CSV, as a cell."""
    match value:
        case None:
            return () if name in LISTS else ""
        case bool():
            return "yes" if value else "no"
        case list():
            return tuple(text for one in value for text in _texts(one))
        case str():
            return split(value) if name in LISTS else value
        case _:
            return str(value)


def _texts(part: Any) -> Iterable[str]:
    """Return a part of a list; a question with its answer is two."""
    if isinstance(part, dict):
        return str(part.get("q", part.get("question", ""))), str(part.get("a", part.get("answer", "")))
    return (str(part),)


def _plain(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_RISKY) else text


def _as_csv(sheet: Sheet, rows: Sequence[Mapping[str, Cell]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS[sheet])
    for row in rows:
        texts = [cell if isinstance(cell, str) else join(cell) for cell in row.values()]
        writer.writerow([f"'{text}" if text.startswith(_RISKY) else text for text in texts])
    return out.getvalue()


def _as_json(rows: Sequence[Mapping[str, Cell]]) -> str:
    shown = [
        {name: cell if isinstance(cell, str) else list(cell) for name, cell in row.items()} for row in rows
    ]
    return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"
