"""Calls from request to close, by the state table; every change is saved, then published."""

from dataclasses import dataclass, field

from signaling.domain.actor import Actor
from signaling.domain.call_model import Applicant, Call, CallEvent, MaterialState, Relation, ResultKind
from signaling.domain.routing.estimate import Wait
from signaling.domain.routing.model import Decision


@dataclass(frozen=True, slots=True)
class RequestInput:
    """发起协助, as the clerk gives it."""

    item_code: str
    consent_agreed: bool
    consent_by: Relation
    consent_text_version: str
    free_text: str = ""
    language: str = "普通话"
    priority: int = 50
    applicant: Applicant = field(default_factory=Applicant)
    drill: bool = False
    preferred_staff_id: str | None = None


@dataclass(frozen=True, slots=True)
class ResultInput:
    """The wrap-up form."""

    kind: ResultKind
    item_codes: tuple[str, ...]
    external_case_number: str | None = None
    missing_materials: tuple[str, ...] = ()
    note: str = ""
    notice_text: str = ""
    keep_wrap_up: bool = False


@dataclass(frozen=True, slots=True)
class Today:
    """A specialist's own counts since local midnight."""

    answered: int
    missed: int
    mean_handling_s: float | None


class CallService:
    async def request(self, actor: Actor, request: RequestInput) -> Call:
        raise NotImplementedError

    async def cancel(self, actor: Actor, call_id: str) -> Call:
        raise NotImplementedError

    async def accept(self, actor: Actor, call_id: str, offer_id: str) -> Call:
        raise NotImplementedError

    async def reject(self, actor: Actor, call_id: str, offer_id: str, reason: str) -> Call:
        raise NotImplementedError

    async def end(self, actor: Actor, call_id: str) -> Call:
        raise NotImplementedError

    async def store_result(self, actor: Actor, call_id: str, result: ResultInput) -> Call:
        raise NotImplementedError

    async def end_wrap_up(self, actor: Actor) -> None:
        raise NotImplementedError

    async def set_material(
        self, actor: Actor, call_id: str, name: str, state: MaterialState, note: str
    ) -> Call:
        raise NotImplementedError

    async def call(self, actor: Actor, call_id: str) -> Call:
        raise NotImplementedError

    async def events(self, actor: Actor, call_id: str) -> list[CallEvent]:
        raise NotImplementedError

    async def decisions(self, actor: Actor, call_id: str) -> list[Decision]:
        raise NotImplementedError

    async def calls_of(self, actor: Actor) -> list[Call]:
        raise NotImplementedError

    async def today(self, staff_id: str) -> Today:
        raise NotImplementedError

    def live_call_of(self, staff_id: str) -> Call | None:
        raise NotImplementedError

    def live(self, actor: Actor) -> list[Call]:
        raise NotImplementedError

    def wait_of(self, call_id: str) -> Wait | None:
        raise NotImplementedError
