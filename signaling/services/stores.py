"""What the services keep: the ports of every store, and the values that exist only to be kept."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from signaling.domain.audit import AuditEntry, AuditResult
from signaling.domain.call_model import Call, CallEvent
from signaling.domain.collaboration import Card, Chat, Still, Stroke
from signaling.domain.counters import CounterHelper
from signaling.domain.directory_data import DirectoryChange, DirectoryData
from signaling.domain.feedback import LeftMessage, Pad, Rating
from signaling.domain.files import SentFile
from signaling.domain.ids import (
    CallId,
    ItemCode,
    PadId,
    PointId,
    ProducerId,
    RegionCode,
    StaffId,
)
from signaling.domain.items import Item
from signaling.domain.record import Entry, Mark, RecordKind
from signaling.domain.routing.decision import Decision
from signaling.domain.search.learned import LearnedLine
from signaling.domain.session import Participant
from signaling.domain.staff import Staff
from signaling.domain.steps.step import Logged


class ConflictError(Exception):
    """The row changed since it was read: reload and retry."""


class ClaimedError(ConflictError):
    """Somebody of the call is asked by, or in, another one: trying again is of no use."""


@dataclass(frozen=True, slots=True)
class StaffLoad:
    """What a specialist did since local midnight."""

    staff_id: StaffId
    calls: int
    talk_s: float
    handling_s: float


@dataclass(frozen=True, slots=True)
class WaitSamples:
    """Recently answered calls of one bureau: how long they waited and were handled, newest first, seconds."""

    waits_s: tuple[float, ...]
    handling_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CallQuery:
    """A search over closed calls.

    `text`, in any case, matches a part of the number, of what the citizen asked, of the applicant's name or
    of the number of the case elsewhere; and, when it is four digits or more, the end of the applicant's
    phone.
    """

    regions: frozenset[RegionCode] | None = None
    departments: frozenset[str] | None = None
    """Bureaus; None for all."""
    text: str = ""
    text_items: frozenset[ItemCode] = frozenset()
    text_points: frozenset[PointId] = frozenset()
    text_staff: frozenset[StaffId] = frozenset()
    """Items, service points and people that are named by `text`: their calls match too."""
    since: float | None = None
    until: float | None = None
    item_code: ItemCode | None = None
    staff_id: StaffId | None = None
    limit: int = 20
    offset: int = 0


class CallStore(Protocol):
    """Calls with their event logs and decisions."""

    async def create(self, call: Call, logged: Sequence[Logged], day: str) -> Call:
        """Insert; allot the number `day-NNN` in the same transaction and return the call with it.

        Raises ClaimedError.
        """
        ...

    async def load(self, call_id: CallId) -> Call | None: ...

    async def save(self, before: Call, after: Call, logged: Sequence[Logged], at: float) -> None:
        """Write row + version + log + members + claims in one transaction.

        Raises ConflictError, ClaimedError.
        """
        ...

    async def append(self, call_id: CallId, logged: Sequence[Logged], at: float) -> None:
        """Append to the log only."""
        ...

    async def events(
        self, call_id: CallId, *, before: int | None = None, limit: int | None = None
    ) -> list[CallEvent]:
        """Return the log in order: all of it, or the last `limit` entries ahead of the sequence `before`."""
        ...

    async def live(self) -> list[Call]: ...

    async def of_staff(self, staff_id: StaffId, since: float) -> list[Call]:
        """Return calls they are, or were to the end, a member of, newest first."""
        ...

    async def search(self, query: CallQuery) -> tuple[list[Call], int]:
        """Return one page of closed calls, newest first, and how many there are."""
        ...

    async def save_decisions(self, made: Sequence[Decision]) -> None:
        """Append decisions, of several calls, in one transaction."""
        ...

    async def decisions(self, call_id: CallId, *, limit: int | None = None) -> list[Decision]:
        """Return the decisions in order: all of them, or the last `limit`."""
        ...

    async def loads(self, since: float, *, drills: bool) -> list[StaffLoad]:
        """Return what each specialist did in calls connected since; drills only when asked for."""
        ...

    async def samples(self, department: str, limit: int, *, drills: bool) -> WaitSamples:
        """Return the newest answered calls of a bureau; drills only when asked for."""
        ...

    async def missed(self, staff_id: StaffId, since: float) -> int:
        """Count offers they missed."""
        ...

    async def forget_decisions(self, before: float) -> int:
        """Delete the decisions made before; return how many."""
        ...

    async def unrated(self, ended_before: float, limit: int) -> list[Call]:
        """Return completed calls that ended before and have fewer ratings than items."""
        ...


class DirectoryStore(Protocol):
    """Regions, points, departments, items with their drafts, staff and skills."""

    async def load(self) -> DirectoryData: ...

    async def revision(self) -> int:
        """Return how often the directory was changed, by whatever process."""
        ...

    async def apply(self, change: DirectoryChange, *, if_revision: int | None = None) -> None:
        """Make a change, as a whole.

        Raises ConflictError: a user name is taken, or the directory is not at `if_revision` any more.
        """
        ...

    async def item(self, code: ItemCode, version: int) -> Item | None: ...

    async def people(self, staff_ids: Collection[StaffId]) -> dict[StaffId, Staff]:
        """Return those of some that exist, by their ids."""
        ...


@dataclass(frozen=True, slots=True)
class Credential:
    """What signing in needs to know of an account."""

    staff_id: StaffId
    password_hash: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """Failed attempts to sign in with one name from one place, as a digest of both; times in wall seconds."""

    key: str
    failures: int
    last_at: float
    locked_until: float | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """One tab's sign-in; its tokens are kept as SHA-256 digests, how they rotate is in `tokens`.

    Attributes:
        family: digest of the part that all its refresh tokens share.
        previous_digest: of the token before the newest.
        salt: what the newest was made with from the one before.
        confirmed: the newest was shown since it was made at `rotated_at`.
    """

    session_id: str
    staff_id: StaffId
    tab: str
    family: str
    token_digest: str
    created_at: float
    used_at: float
    rotated_at: float
    previous_digest: str | None = None
    salt: str = ""
    confirmed: bool = True
    revoked_at: float | None = None


class AccountStore(Protocol):
    """Credentials and sign-ins."""

    async def credential(self, staff_id: StaffId) -> Credential | None: ...

    async def save_credential(self, credential: Credential) -> None: ...

    async def attempts(self, key: str) -> Attempts | None: ...

    async def save_attempts(self, attempts: Attempts) -> None: ...

    async def forgive_attempts(self, prefix: str) -> None:
        """Delete those whose keys begin so."""
        ...

    async def forget_attempts(self, *, last_before: float) -> int:
        """Delete those with nothing newer; return how many."""
        ...

    async def sign_in(self, session_id: str) -> SignIn | None: ...

    async def sign_ins(self, session_ids: Collection[str]) -> dict[str, SignIn]:
        """Return those of some that exist, by their ids."""
        ...

    async def by_family(self, digest: str) -> SignIn | None:
        """Find by what all refresh tokens of a sign-in share."""
        ...

    async def save_sign_in(self, sign_in: SignIn, *, if_digest: str | None = None) -> None:
        """Insert or replace; with `if_digest` only while that is the newest token and nothing was revoked.

        Raises ConflictError otherwise.
        """
        ...

    async def forget_sign_ins(self, *, used_before: float, created_before: float) -> int:
        """Delete those last used, or begun, before; return how many."""
        ...

    async def revoke(self, staff_id: StaffId, now: float, *, keep: str | None = None) -> list[str]:
        """Revoke all of a person's sign-ins but `keep`; return the ids revoked."""
        ...


class SessionStore(Protocol):
    """Participants and what is of record beside sound and picture."""

    async def participants(self, call_id: CallId) -> list[Participant]: ...

    async def save_participant(self, participant: Participant) -> None: ...

    async def add_chat(self, chat: Chat) -> None: ...

    async def chats(self, call_id: CallId) -> list[Chat]: ...

    async def add_card(self, card: Card, logged: Logged) -> None:
        """Insert, with its entry in the call's log, in one transaction."""
        ...

    async def cards(self, call_id: CallId) -> list[Card]: ...

    async def add_still(self, still: Still, logged: Logged) -> None:
        """Insert, with its entry in the call's log, in one transaction."""
        ...

    async def stills(self, call_id: CallId) -> list[Still]: ...

    async def still(self, still_id: str) -> Still | None: ...

    async def add_file(self, file: SentFile, logged: Logged) -> None:
        """Insert, with its entry in the call's log, in one transaction."""
        ...

    async def files(self, call_id: CallId) -> list[SentFile]: ...

    async def file(self, file_id: str) -> SentFile | None: ...

    async def save_stroke(self, stroke: Stroke) -> None:
        """Insert or replace a whole stroke."""
        ...

    async def wipe_strokes(self, call_id: CallId, producer_id: ProducerId, at: float) -> None:
        """Note of the strokes that are to be seen over a picture that they went."""
        ...

    async def strokes(self, call_id: CallId) -> list[Stroke]:
        """Return all of them in order, those too that went."""
        ...

    async def newest(
        self,
        kind: RecordKind,
        call_id: CallId,
        *,
        before: Mark | None,
        limit: int,
        over: Collection[ProducerId] | None = None,
    ) -> list[tuple[Entry, int]]:
        """Return entries with the bytes they take, newest first; strokes that went are none.

        Args:
            before: only older ones; None: from the newest.
            over: of strokes, only those over these pictures; None: all.
        """
        ...

    async def count(self, kind: RecordKind, call_id: CallId) -> int:
        """Return how many there are."""
        ...

    async def calls_off_record(self) -> list[CallId]:
        """Return the calls that have something off the record."""
        ...

    async def off_record_keys(self, call_id: CallId) -> list[str]:
        """Return where the bytes of stills and files lie that are off the record."""
        ...

    async def forget_off_record(self, call_id: CallId) -> None:
        """Delete the chat, cards, stills, files and strokes that are off the record."""
        ...


class FeedbackStore(Protocol):
    """Ratings, pads and messages."""

    async def add_rating(self, rating: Rating) -> None:
        """Insert; a real rating replaces a default one; otherwise ConflictError for a second one."""
        ...

    async def ratings(self, call_ids: Collection[CallId]) -> list[Rating]: ...

    async def add_pad(self, pad: Pad, token_digest: str) -> None: ...

    async def pad_by_token(self, token_digest: str) -> Pad | None: ...

    async def pads(self, point_id: PointId | None = None) -> list[Pad]:
        """Return pads that are not revoked."""
        ...

    async def revoke_pads(self, point_id: PointId, *, keep: int = 0) -> list[PadId]:
        """Revoke a point's pads but the `keep` newest; return the ids revoked."""
        ...

    async def save_message(self, message: LeftMessage) -> None: ...

    async def message(self, message_id: str) -> LeftMessage | None: ...

    async def messages(self, limit: int, offset: int = 0) -> list[LeftMessage]:
        """Return open ones first, then newest first."""
        ...


class HelperStore(Protocol):
    """Helpers of counter PCs."""

    async def add(self, helper: CounterHelper, key_digest: str) -> None: ...

    async def by_key(self, key_digest: str) -> CounterHelper | None:
        """Return the helper that has this key, unless it was revoked."""
        ...

    async def of_point(self, point_id: PointId) -> list[CounterHelper]:
        """Return helpers that are not revoked, the oldest first."""
        ...

    async def revoke(self, helper_ids: Collection[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry and its place in the log, counted from 1 without gaps."""

    sequence: int
    entry: AuditEntry


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """A search in the audit log; None: everything.

    Attributes:
        regions: of the subjects.
        act: a dotted name, or the first part of several (`account`).
        before: only entries with a smaller sequence: the next page.
    """

    limit: int = 100
    regions: frozenset[RegionCode] | None = None
    subjects: frozenset[str] | None = None
    act: str | None = None
    result: AuditResult | None = None
    since: float | None = None
    until: float | None = None
    before: int | None = None


class AnchorState(Enum):
    """What became of the end of the log that is kept outside the database."""

    HELD = auto()
    MISSING = auto()
    FORGED = auto()


class AnchorForgedError(Exception):
    """The anchor is not as it was written."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """An end of the log: its last entry's sequence and digest, and from which entry on digests are keyed."""

    sequence: int
    digest: str
    keyed_from: int


class AuditAnchor(Protocol):
    """Keeps how far the log had come, outside the database; it only moves forward."""

    async def read(self) -> Anchored | None:
        """Return what is kept, None for nothing. Raises AnchorForgedError."""
        ...

    async def advance(self, anchored: Anchored) -> None:
        """Keep a later end. Raises OSError, AnchorForgedError."""
        ...


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """Whether the chain of the log is whole.

    Attributes:
        entries: how many were whole.
        broken_at: sequence of the first one that is not as it was written; None when all are.
        digest: of the last whole one.
        anchor: whether what is kept outside the database could be compared with.
    """

    entries: int
    broken_at: int | None
    digest: str
    anchor: AnchorState

    @property
    def is_whole(self) -> bool:
        """True when nothing is missing, changed or unproven."""
        return self.broken_at is None and self.anchor is AnchorState.HELD


class LearnedStore(Protocol):
    """Lines the search learned from sessions, one a call."""

    async def save_line(self, line: LearnedLine) -> None:
        """Insert or replace a call's line."""
        ...

    async def line(self, call_id: CallId) -> LearnedLine | None: ...

    async def lines(self, limit: int) -> Sequence[LearnedLine]:
        """Return the newest, newest first, withdrawn ones too."""
        ...

    async def forget_lines(self, before: float) -> int:
        """Delete those learned before; return how many."""
        ...


class AuditStore(Protocol):
    """The append-only audit log."""

    async def add(self, entry: AuditEntry) -> None: ...

    async def entries(self, query: AuditQuery) -> list[AuditRow]:
        """Return newest first."""
        ...

    async def check(self) -> AuditCheck:
        """Follow the chain of the whole log."""
        ...


class PictureStore(Protocol):
    """Bytes of stills and files, by key `<call_id>/<name>` (recording.storage.Storage)."""

    async def put(self, key: str, data: bytes) -> object: ...

    async def delete(self, key: str) -> None:
        """Remove a picture; one that is not there is fine."""
        ...

    def read(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        """Yield bytes `start` … `start + length − 1`; raises `recording.errors.MissingError` at the first."""
        ...
