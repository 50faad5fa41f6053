"""Any script of people coming, going, asking and answering: what must never happen, does not."""

import asyncio
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signaling.domain.call_model import CallState
from signaling.domain.errors import DomainError
from signaling.domain.presence import PresenceState
from signaling.services.calls import ResultInput, ResultKind
from tests.signaling.services.fakes import House, demo_house

CLERKS = ("wangxiuying", "hexiaomei")
SPECIALISTS = ("liming", "hezhiqiang", "mulan")

steps = st.lists(
    st.one_of(
        st.tuples(st.just("request"), st.sampled_from(CLERKS)),
        st.tuples(st.just("cancel"), st.sampled_from(CLERKS)),
        st.tuples(st.sampled_from(["connect", "lose"]), st.sampled_from(CLERKS + SPECIALISTS)),
        st.tuples(
            st.sampled_from(["online", "away", "accept", "reject", "end", "result"]),
            st.sampled_from(SPECIALISTS),
        ),
        st.tuples(st.just("wait"), st.sampled_from(["1", "10", "30", "90"])),
    ),
    max_size=25,
)


async def act(house: House, move: str, who: str) -> None:
    """Do one move; a refusal is a fine answer."""
    services = house.services
    if move == "wait":
        await house.pass_time(float(who))
        return
    actor = house.actor(who)
    mine = next((c for c in services.calls.live(actor) if actor.who in c.claimed), None)
    try:
        match move:
            case "request":
                await house.request(who)
            case "connect":
                await house.connect(who)
            case "lose":
                for number in range(1, house.sockets[who] + 1):
                    await services.presence.socket_lost(actor, f"{who}-{number}")
            case "online":
                await services.presence.set(actor, PresenceState.AVAILABLE, "", sound_unlocked=True)
            case "away":
                await services.presence.set(actor, PresenceState.AWAY, "", sound_unlocked=True)
            case "cancel" if mine is not None:
                await services.calls.cancel(actor, mine.call_id)
            case "accept" if mine is not None and mine.offer is not None:
                await services.calls.accept(actor, mine.call_id, mine.offer.ask_id)
            case "reject" if mine is not None and mine.offer is not None:
                await services.calls.reject(actor, mine.call_id, mine.offer.ask_id, "")
            case "end" if mine is not None:
                await services.calls.end(actor, mine.call_id)
            case "result" if mine is not None:
                given_result = ResultInput(ResultKind.ANSWERED, (mine.item_code,))
                await services.calls.store_result(actor, mine.call_id, given_result)
    except DomainError:
        pass
    await services.life.settle()


async def check(house: House, ages: dict[str, float]) -> None:
    """What must hold at any time."""
    stored = sorted(await house.ports.calls.live(), key=lambda call: call.call_id)
    at_hand = sorted(house.services.calls.live(house.actor("zhaojun")), key=lambda call: call.call_id)
    assert at_hand == stored, "what is at hand is what is stored"
    claimed = Counter(who for call in stored for who in call.claimed)
    assert all(count == 1 for count in claimed.values()), "one call at a time for one person"
    for call in stored:
        assert ages.setdefault(call.call_id, call.requested_at) == call.requested_at
        assert house.services.life.next_deadline() < float("inf") or call.is_joined
        if call.state is CallState.OFFERED:
            assert call.offer is not None
            seen = await house.services.presence.of(call.offer.who.id)
            assert seen.state is PresenceState.AVAILABLE


async def play(script: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with demo_house(Path(folder)) as house:
            ages: dict[str, float] = {}
            for move, who in script:
                await act(house, move, who)
                await check(house, ages)
            for name in CLERKS + SPECIALISTS:
                await act(house, "lose", name)
            await house.pass_time(600)
            assert await house.ports.calls.live() == [], "no call is forgotten"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_no_script_breaks_the_rules(script: list[tuple[str, str]]) -> None:
    asyncio.run(play(script))
