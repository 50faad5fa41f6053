"""Figures for /metrics: sockets, and commands by name and outcome."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge


class WebMetrics:
    """The web floor's figures in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._commands = Counter(
            "bangban_commands", "Socket.IO commands", ["name", "outcome"], registry=self.registry
        )
        self._sockets = Gauge("bangban_sockets", "Connected sockets", registry=self.registry)

    def count_sockets(self, count: Callable[[], int]) -> None:
        """Read the number of sockets from `count` whenever somebody asks."""
        self._sockets.set_function(count)

    def command(self, name: str, outcome: str) -> None:
        """Count a command; `name` is one of the table's, so that a peer cannot make labels grow."""
        self._commands.labels(name, outcome).inc()
