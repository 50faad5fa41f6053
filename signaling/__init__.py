"""Signalling: people, calls, routing, sessions, and the web server they are reached through."""

from typing import Final

__version__: Final = "0.1.0"
