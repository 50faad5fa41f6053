"""Refresh tokens in a network that loses answers and lets them overtake each other, and in thieves' hands."""

import itertools
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from signaling.services.stores import SignIn
from signaling.services.tokens import Renewal, family_digest, renew, token_digest

TOLERANCE = 30.0
LONGEST_REQUEST = TOLERANCE / 4
FIRST = "family.first"


@dataclass
class Message:
    """A request or an answer on its way, with the token it carries."""

    token: str | None
    sent_at: float


@dataclass
class Server:
    """One sign-in; counts what it is asked."""

    sign_in: SignIn = field(
        default_factory=lambda: SignIn(
            "i", "s", "tab", family_digest(FIRST), token_digest(FIRST), 0.0, 0.0, 0.0
        )
    )
    salts: "itertools.count[int]" = field(default_factory=itertools.count)

    def ask(self, token: str, now: float) -> Renewal | None:
        renewal = renew(self.sign_in, token, now=now, tolerance=TOLERANCE, salt=f"salt{next(self.salts)}")
        if renewal is not None:
            self.sign_in = renewal.sign_in
        return renewal


@dataclass
class Network:
    """One browser with one cookie, and what is on its way."""

    server: Server = field(default_factory=Server)
    cookie: str = FIRST
    now: float = 0.0
    requests: list[Message] = field(default_factory=list)
    answers: list[Message] = field(default_factory=list)

    def play(self, step: tuple[str, float]) -> None:
        kind, how = step
        match kind:
            case "send":
                self.requests.append(Message(self.cookie, self.now))
            case "serve" if self.requests:
                request = self.requests.pop(int(how * len(self.requests)))
                assert request.token is not None
                renewal = self.server.ask(request.token, self.now)
                assert renewal is not None, "taken for a thief"
                self.answers.append(Message(renewal.token, request.sent_at))
            case "deliver" if self.answers:
                answer = self.answers.pop(int(how * len(self.answers)))
                self.cookie = answer.token or self.cookie
            case "lose" if self.answers:
                self.answers.pop(int(how * len(self.answers)))
            case "pause":
                self._wait(how * LONGEST_REQUEST)
            case "wait":
                self._wait(how * 4 * TOLERANCE)

    def _wait(self, seconds: float) -> None:
        """Whatever took too long is lost."""
        self.now += seconds
        for way in (self.requests, self.answers):
            way[:] = [one for one in way if self.now - one.sent_at <= LONGEST_REQUEST]


STEPS = st.tuples(
    st.sampled_from(["send", "serve", "deliver", "lose", "pause", "wait"]),
    st.floats(0, 1, exclude_max=True),
)


@given(st.lists(STEPS, max_size=60))
def test_a_browser_is_never_taken_for_a_thief(steps: list[tuple[str, float]]) -> None:
    network = Network()
    for step in steps:
        network.play(step)
    network.play(("wait", 0.99))
    assert network.server.ask(network.cookie, network.now) is not None


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 5 * TOLERANCE)), min_size=1, max_size=30))
def test_a_thief_and_the_browser_cannot_both_go_on(turns: list[tuple[bool, float]]) -> None:
    """Each with a cookie of its own: after both renewed thrice, beyond the tolerance, the sign-in is over."""
    server, now = Server(), 0.0
    cookies = {True: FIRST, False: FIRST}
    late = [(True, TOLERANCE * 2), (False, TOLERANCE * 2)] * 3
    for browser, seconds in [*turns, *late]:
        now += seconds
        renewal = server.ask(cookies[browser], now)
        if renewal is None:
            return
        cookies[browser] = renewal.token or cookies[browser]
    raise AssertionError("nobody noticed")


def test_a_token_that_was_given_up_is_known_as_stolen() -> None:
    server = Server()
    second = server.ask(FIRST, 100.0)
    assert second is not None
    assert second.token is not None
    third = server.ask(second.token, 200.0)
    assert third is not None
    assert server.ask(FIRST, 201.0) is None
    assert server.ask("family.made-up", 201.0) is None


def test_the_answer_within_half_the_tolerance_is_the_same_again() -> None:
    server = Server()
    made = server.ask(FIRST, 100.0)
    assert made is not None
    for at, token in ((100.0, made.token), (115.0, made.token), (115.1, None), (130.0, None)):
        again = server.ask(FIRST, at)
        assert again is not None
        assert again.token == token
    server.sign_in = replace(server.sign_in, confirmed=True)
    assert server.ask(FIRST, 130.1) is None
