"""Items as they are written: a draft, handed in by one curator, published by another; later retired.

A published version never changes, so that a session keeps the one it began with.
"""

from dataclasses import replace

from signaling.domain.actor import Actor
from signaling.domain.audit import AuditAct
from signaling.domain.control.policy import ControlPolicy, narrowest
from signaling.domain.directory_data import DirectoryChange
from signaling.domain.errors import ForbiddenError, InvalidError, StateError
from signaling.domain.items import Item, ItemDraft, Lifecycle
from signaling.domain.roles import Permission
from signaling.services.audit import AuditService
from signaling.services.directory import DirectoryService
from signaling.services.ports import Ports


class WritingService:
    """What curators do; no single one of them brings anything before the citizens."""

    def __init__(self, ports: Ports, directory: DirectoryService, audit: AuditService) -> None:
        self._ports = ports
        self._directory = directory
        self._audit = audit

    async def write(self, actor: Actor, given: Item) -> ItemDraft:
        """Keep the next version of an item as a draft; one that was handed in is taken back by that."""
        actor.require(Permission.ITEM_WRITE)
        item = replace(
            given,
            version=self._next_version(given.code),
            lifecycle=Lifecycle.DRAFT,
            sample=False,
        )
        draft = ItemDraft(item, actor.person, self._ports.clock.now())
        await self._directory.change(DirectoryChange(drafts=(draft,)))
        await self._audit.record(actor, AuditAct.ITEM_WRITTEN, item.code, version=item.version)
        return draft

    async def submit(self, actor: Actor, code: str) -> ItemDraft:
        """Hand a draft in. Raises StateError `already_submitted`, InvalidError `draft_incomplete`."""
        actor.require(Permission.ITEM_WRITE)
        draft = self._directory.current.draft(code)
        if draft.submitted_by is not None:
            raise StateError("already_submitted")
        for field, filled in (("materials", draft.item.materials), ("steps", draft.item.steps)):
            if not filled:
                raise InvalidError("draft_incomplete", field=field)
        handed_in = replace(draft, submitted_by=actor.person)
        await self._directory.change(DirectoryChange(drafts=(handed_in,)))
        await self._audit.record(actor, AuditAct.ITEM_SUBMITTED, code, version=draft.item.version)
        return handed_in

    async def publish(self, actor: Actor, code: str, lifecycle: Lifecycle) -> Item:
        """Publish a draft that somebody else wrote and handed in, as pilot or live.

        Raises:
            StateError: `not_submitted`. ForbiddenError: `second_person_publishes`. InvalidError.
        """
        actor.require(Permission.ITEM_WRITE)
        if lifecycle not in (Lifecycle.PILOT, Lifecycle.LIVE):
            raise InvalidError("invalid", field="lifecycle")
        draft = self._directory.current.draft(code)
        if draft.submitted_by is None:
            raise StateError("not_submitted")
        if actor.person in (draft.submitted_by, draft.written_by):
            raise ForbiddenError("second_person_publishes")
        item = replace(
            draft.item,
            version=self._next_version(code),
            lifecycle=lifecycle,
            control=self._control(code),
        )
        await self._directory.change(DirectoryChange(items=(item,), drafts_gone=(code,)))
        await self._audit.record(
            actor, AuditAct.ITEM_PUBLISHED, code, version=item.version, lifecycle=lifecycle.value
        )
        return item

    async def discard(self, actor: Actor, code: str) -> None:
        """Throw a draft away; what is published stays. Raises NotFoundError `draft_not_found`."""
        actor.require(Permission.ITEM_WRITE)
        draft = self._directory.current.draft(code)
        await self._directory.change(DirectoryChange(drafts_gone=(code,)))
        await self._audit.record(actor, AuditAct.ITEM_DISCARDED, code, version=draft.item.version)

    async def set_lifecycle(self, actor: Actor, code: str, lifecycle: Lifecycle) -> Item:
        """Retire an item at once, or let a pilot go live; a retired one comes back by a new version.

        Raises StateError `lifecycle_not_possible`.
        """
        actor.require(Permission.ITEM_WRITE)
        item = self._directory.current.item(code)
        possible = lifecycle is Lifecycle.RETIRED or (
            item.lifecycle is Lifecycle.PILOT and lifecycle is Lifecycle.LIVE
        )
        if not possible or item.lifecycle is Lifecycle.RETIRED:
            raise StateError("lifecycle_not_possible")
        changed = replace(item, lifecycle=lifecycle)
        await self._directory.change(DirectoryChange(items=(changed,)))
        await self._audit.record(
            actor, AuditAct.ITEM_LIFECYCLE, code, version=item.version, lifecycle=lifecycle.value
        )
        return changed

    async def set_control(self, actor: Actor, code: str, policy: ControlPolicy) -> Item:
        """Say what may be granted of a counter PC at most while the item is handled; versions keep it."""
        actor.require(Permission.ITEM_WRITE)
        changed = replace(self._directory.current.item(code), control=narrowest([policy]))
        await self._directory.change(DirectoryChange(items=(changed,)))
        scopes = sorted(changed.control.scopes)
        await self._audit.record(actor, AuditAct.ITEM_CONTROL, code, version=changed.version, scopes=scopes)
        return changed

    def _control(self, code: str) -> ControlPolicy:
        directory = self._directory.current
        return directory.item(code).control if directory.has_item(code) else ControlPolicy()

    def _next_version(self, code: str) -> int:
        directory = self._directory.current
        return directory.item(code).version + 1 if directory.has_item(code) else 1
