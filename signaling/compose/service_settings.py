"""What the services are told, from the settings of the deployment."""

from urllib.parse import urlsplit

from signaling.compose.addresses import lan_addresses
from signaling.compose.holidays import read_calendar
from signaling.compose.routing_policies import read_policies
from signaling.config import Settings, SettingsError
from signaling.domain.readiness import Deployment, Reach
from signaling.domain.routing.strategies import STRATEGIES
from signaling.domain.steps.step import CallRules
from signaling.domain.working_days import DAY_S
from signaling.services.settings import AccountSettings, PresenceSettings, RoutingSettings, ServiceSettings


def service_settings(settings: Settings) -> ServiceSettings:
    """Return what the services are told; raise SettingsError for what this program does not have."""
    if settings.routing_strategy not in STRATEGIES:
        known = ", ".join(STRATEGIES)
        raise SettingsError(
            [f"The setting routing_strategy: {settings.routing_strategy} is none of {known}."]
        )
    return ServiceSettings(
        demo=settings.demo,
        alone=settings.redis_url is None,
        routing=RoutingSettings(
            strategy=settings.routing_strategy,
            policies=read_policies(settings.routing_policies),
            ring_timeout=settings.ring_timeout_s,
            no_staff_after=settings.no_staff_after_s,
            startup_grace=settings.start_grace_s,
            misses_until_away=settings.misses_before_away,
        ),
        presence=PresenceSettings(idle_after=settings.idle_before_away_s),
        call=CallRules(
            reconnect_grace=settings.grace_s,
            wrap_up=settings.wrap_up_s,
            wrap_up_at_most=settings.wrap_up_at_most_s,
            amend_within=settings.amend_days * DAY_S,
            requeue_wait=settings.no_staff_after_s,
        ),
        accounts=AccountSettings(
            failures_until_lockout=settings.lockout_failures,
            lockout=settings.lockout_s,
            session_idle=settings.refresh_token_s,
            reuse_tolerance=settings.refresh_reuse_s,
        ),
        decisions_kept=settings.decisions_kept_days * DAY_S,
        lines_kept=settings.search_lines_kept_days * DAY_S,
        calendar=read_calendar(settings.holidays),
        deployment=_deployment(settings),
    )


def _deployment(settings: Settings) -> Deployment:
    """Return how browsers reach this service, and its media."""
    https = settings.lan or settings.tls_certificate is not None
    if settings.public_url is not None:
        https = https or urlsplit(settings.public_url).scheme == "https"
    loopback = Reach.LOOPBACK if settings.is_loopback else Reach.INSECURE
    return Deployment(
        reach=Reach.HTTPS if https else loopback,
        media_addresses=bool(settings.media_announced_addresses or settings.media_control or lan_addresses()),
        turn=bool(settings.turn_urls),
        reserve_bytes=settings.journal_reserve_mib << 20,
    )
