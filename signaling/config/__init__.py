"""Settings and secrets of the whole service: the lowest floor of signalling."""

from signaling.config.secrets import Secrets, demo_password, load_secrets
from signaling.config.settings import Settings
from signaling.config.sources import SettingsError, load

__all__ = ["Secrets", "Settings", "SettingsError", "demo_password", "load", "load_secrets"]
