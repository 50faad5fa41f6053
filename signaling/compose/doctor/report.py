"""What a check found, and how it is told. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from signaling.compose.doctor.words import HEADS, SENTENCES

LANGUAGES: Final = ("zh-CN", "en")


class Grade(StrEnum):
    """How a check ended: fine, better mended, or to be mended before people can work."""

    FINE = "fine"
    ADVICE = "advice"
    MEND = "mend"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of one check.

    Attributes:
        check: what was looked at, e.g. `turn`.
        code: a key of the sentences.
        facts: what the sentence's blanks are filled with; no secrets.
    """

    check: str
    grade: Grade
    code: str
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def fine(check: str, code: str, /, **facts: object) -> Finding:
    """Return a finding of grade fine."""
    return _finding(check, Grade.FINE, code, facts)


def advice(check: str, code: str, /, **facts: object) -> Finding:
    """Return a finding of grade advice."""
    return _finding(check, Grade.ADVICE, code, facts)


def mend(check: str, code: str, /, **facts: object) -> Finding:
    """Return a finding of grade mend."""
    return _finding(check, Grade.MEND, code, facts)


def must_mend(findings: Sequence[Finding]) -> bool:
    """True when anything keeps people from working."""
    return any(one.grade is Grade.MEND for one in findings)


def sentence(finding: Finding, language: str) -> str:
    """Return what a person reads."""
    return SENTENCES[finding.code][language].format_map(dict(finding.facts))


def as_text(findings: Sequence[Finding], language: str) -> str:
    """Return the report: what must be mended first, then advice, then what is fine."""
    lines = []
    for grade in (Grade.MEND, Grade.ADVICE, Grade.FINE):
        told = [one for one in findings if one.grade is grade]
        if told:
            lines.append(HEADS[grade.value][language])
            lines += [f"  {_MARKS[grade]} {sentence(one, language)}" for one in told]
    return "\n".join(lines)


def as_json(findings: Sequence[Finding], language: str) -> str:
    """Return the report for programs: `{"mend", "findings": [{check, grade, code, facts, sentence}]}`."""
    rows = [
        {
            "check": one.check,
            "grade": one.grade.value,
            "code": one.code,
            "facts": dict(one.facts),
            "sentence": sentence(one, language),
        }
        for one in findings
    ]
    return json.dumps({"mend": must_mend(findings), "findings": rows}, ensure_ascii=False, indent=2)


def _finding(check: str, grade: Grade, code: str, facts: Mapping[str, object]) -> Finding:
    return Finding(check, grade, code, MappingProxyType({name: str(fact) for name, fact in facts.items()}))


_MARKS: Final = {Grade.MEND: "✗", Grade.ADVICE: "!", Grade.FINE: "✓"}
