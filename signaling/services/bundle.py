"""Every service, built once; `run` is their life: subscribe, recover, deadlines, media events."""

from dataclasses import dataclass

from signaling.services.accounts import AccountService
from signaling.services.administration import AdministrationService
from signaling.services.audit import AuditService
from signaling.services.calls import CallService
from signaling.services.catalogue import CatalogueService
from signaling.services.collaboration import CollaborationService
from signaling.services.directory import DirectoryService
from signaling.services.feedback import MessageService, PadService, RatingService
from signaling.services.ports import Ports
from signaling.services.presence import PresenceService
from signaling.services.recordings import RecordingsService
from signaling.services.session import SessionService
from signaling.services.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class Services:
    """What the web floor calls."""

    directory: DirectoryService
    audit: AuditService
    accounts: AccountService
    presence: PresenceService
    calls: CallService
    session: SessionService
    collaboration: CollaborationService
    recordings: RecordingsService
    catalogue: CatalogueService
    administration: AdministrationService
    pads: PadService
    ratings: RatingService
    messages: MessageService

    async def start(self) -> None:
        raise NotImplementedError
        """Load the directory, recover live calls; call before serving."""
        raise NotImplementedError

    async def run(self) -> None:
        raise NotImplementedError
        """Deadlines and media events; runs until cancelled (own it in a TaskGroup)."""
        raise NotImplementedError


def build_services(ports: Ports, settings: ServiceSettings) -> Services:
    """Wire the services over their ports."""
    raise NotImplementedError
