"""One round of decisions, as the product makes them and as it made them when it looked at everybody."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from signaling.adapters.documents import dump
from signaling.domain.routing.choose import choose
from signaling.domain.routing.decision import Decision, PassedOver, Reason
from signaling.domain.routing.judge import admit, judge, replay
from signaling.domain.routing.model import Candidate, Request
from signaling.domain.routing.policy import DEFAULT_POLICY
from signaling.domain.routing.pool import Pool
from signaling.domain.routing.roster import Roster
from tests.bench.routing.town import NOW, Town, request_of

STRATEGY = "longest_idle"
Decide = Callable[[Request], Decision]


@dataclass(slots=True)
class Measured:
    """CPU seconds of each decision with its stored document, and how long the documents are."""

    seconds: list[float] = field(default_factory=list)
    document_bytes: list[int] = field(default_factory=list)
    chosen: list[str | None] = field(default_factory=list)

    @classmethod
    def of(cls, rounds: Sequence["Measured"]) -> "Measured":
        """Return what several rounds measured together."""
        return cls(
            [seconds for one in rounds for seconds in one.seconds],
            [size for one in rounds for size in one.document_bytes],
            [who for one in rounds for who in one.chosen],
        )


def after(town: Town, roster: Roster) -> Measured:
    """Decide about all waiting calls over one snapshot; its building is part of the first decisions."""
    began = time.process_time()
    pool = Pool(roster, town.standings.__getitem__, (), STRATEGY)

    def decide(request: Request) -> Decision:
        regions = town.tree.above(request.region_code)
        decision = choose(request, pool, regions=regions, policy=DEFAULT_POLICY, now=NOW)
        if decision.chosen is not None:
            pool.ring(decision.chosen)
        return decision

    return _measure(town, decide, len(town.waiting), began)


def before(town: Town, decisions: int) -> Measured:
    """Judge and store every specialist by name for each call."""
    ringing: set[str] = set()

    def decide(request: Request) -> Decision:
        everybody = [
            admit(
                DEFAULT_POLICY,
                request,
                Candidate(
                    person.staff_id,
                    person.profile(request.item_code, request.department),
                    town.standings[person.staff_id],
                    person.staff_id in ringing,
                ),
            )
            for person in town.people
            if town.tree.covers(person.region_code, request.region_code)
        ]
        elsewhere = PassedOver(None, Reason.OUT_OF_REGION, len(town.people) - len(everybody))
        decision = judge(request, everybody, [elsewhere], now=NOW, strategy=STRATEGY, policy=DEFAULT_POLICY)
        if decision.chosen is not None:
            ringing.add(decision.chosen)
        return decision

    return _measure(town, decide, decisions, time.process_time())


def _measure(town: Town, decide: Decide, decisions: int, began: float) -> Measured:
    measured = Measured()
    for call in town.waiting[:decisions]:
        decision = decide(request_of(call))
        document = dump(decision)
        ended = time.process_time()
        measured.seconds.append(ended - began)
        measured.document_bytes.append(len(document.encode()))
        measured.chosen.append(decision.chosen)
        assert replay(decision) == decision
        began = time.process_time()
    return measured
