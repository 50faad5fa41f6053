"""Who somebody is, whatever they are: the one name that actors, members of calls and claims go by."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class SubjectKind(StrEnum):
    """Staff; the devices (rating pad, kiosk, the counter PC's helper); a guest without an account."""

    STAFF = "staff"
    PAD = "pad"
    KIOSK = "kiosk"
    GUEST = "guest"
    HELPER = "helper"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """One person or device; `id` is unique within its kind.

    Written `staff:demo-01`; a staff id alone stands where only staff can (presence, skills, accounts).
    """

    kind: SubjectKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` writes. Raises ValueError for anything else."""
        kind, _, subject_id = text.partition(":")
        if not subject_id:
            raise ValueError("a subject is written kind:id")
        return cls(SubjectKind(kind), subject_id)

    @classmethod
    def of_staff(cls, staff_id: str) -> Self:
        """Return the subject that a member of staff is."""
        return cls(SubjectKind.STAFF, staff_id)

    @property
    def staff_id(self) -> str | None:
        """The staff id; None for who is no staff."""
        return self.id if self.kind is SubjectKind.STAFF else None

    @property
    def log_name(self) -> str:
        """How the logs name them: staff by their bare id, as ever (written entries are chained and stay)."""
        return self.id if self.kind is SubjectKind.STAFF else str(self)
