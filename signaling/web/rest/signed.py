"""What is fetched by a signed address: the address says for whom it was made, the request shows who asks."""

from recording.replay import Viewer
from signaling.domain.actor import Actor
from signaling.web.context import Addresses
from signaling.web.messages.rest import SignedQuery
from signaling.web.problems import Refused
from signaling.web.rest.table import Asked
from signaling.web.viewers import holders


async def actor_of_address(asked: Asked[SignedQuery], addresses: Addresses, what: str) -> Actor:
    """Return who fetches `what`; raises `Refused` where the address was not made for them, or is over."""
    context, query = asked.context, asked.body
    shown = holders(asked.request, context.peer_of(asked.request).address)
    viewers = [Viewer(query.user, query.session, holder) for holder in shown]
    refused = addresses.refusal(
        what, viewers=viewers, expires=query.exp, signature=query.sig, now=context.clock()
    )
    if refused is not None:
        raise Refused(refused)
    return await context.actor_of_viewer(viewers[0], asked.request)
