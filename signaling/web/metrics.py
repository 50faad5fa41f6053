"""Figures for /metrics: sockets, commands by name and outcome, the search, and what media processes carry."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge

from signaling.services.meaning import MeaningState

_MEDIA: Final = {
    "routers": ("bangban_media_routers", "Calls with media"),
    "transports": ("bangban_media_transports", "Transports"),
    "producers": ("bangban_media_producers", "Tracks sent"),
    "consumers": ("bangban_media_consumers", "Tracks received"),
    "packetsReceivedPerSecond": ("bangban_media_received_packets_per_second", "Datagrams received"),
    "packetsSentPerSecond": ("bangban_media_sent_packets_per_second", "Datagrams sent"),
    "reachableAddresses": (
        "bangban_media_reachable_addresses",
        "Addresses offered that other machines may reach; 0: nobody elsewhere gets media",
    ),
    "loopLagMs": ("bangban_media_loop_lag_ms", "Lateness of the media loop, milliseconds"),
}
"""Figure of the media process's `stats` → name and meaning of its gauge."""


class WebMetrics:
    """The web floor's figures in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._commands = Counter(
            "bangban_commands", "Socket.IO commands", ["name", "outcome"], registry=self.registry
        )
        self._sockets = Gauge("bangban_sockets", "Connected sockets", registry=self.registry)
        self._meaning = Gauge(
            "bangban_search_meaning",
            "Whether search compares meanings (absent: the extra is not installed, words alone count)",
            ["state"],
            registry=self.registry,
        )
        self._media = {
            figure: Gauge(name, meaning, ["epoch"], registry=self.registry)
            for figure, (name, meaning) in _MEDIA.items()
        }
        self._drops = Gauge(
            "bangban_media_drops", "Packets dropped", ["epoch", "reason"], registry=self.registry
        )

    def search(self, state: MeaningState) -> None:
        """Show how comparing meanings stands: 1 for the state it is in."""
        for one in MeaningState:
            self._meaning.labels(one.value).set(one is state)

    def count_sockets(self, count: Callable[[], int]) -> None:
        """Read the number of sockets from `count` whenever somebody asks."""
        self._sockets.set_function(count)

    def command(self, name: str, outcome: str) -> None:
        """Count a command; `name` is one of the table's, so that a peer cannot make labels grow."""
        self._commands.labels(name, outcome).inc()

    def media(self, processes: Sequence[Mapping[str, Any]]) -> None:
        """Show what each media process carries now; one that does not answer is left out."""
        for gauge in (*self._media.values(), self._drops):
            gauge.clear()
        for figures in processes:
            epoch = figures["epoch"]
            for figure, gauge in self._media.items():
                gauge.labels(epoch).set(figures[figure])
            for reason, count in figures["drops"].items():
                self._drops.labels(epoch, reason).set(count)
