"""The REST side: one table of endpoints from which routes and the OpenAPI document are made."""

from typing import Final

from signaling.web.rest import (
    accounts,
    audit,
    calls,
    catalogue,
    demo,
    files,
    messages,
    pads,
    places,
    readiness,
    recordings,
    staff,
    stills,
)

FAMILIES: Final = (
    accounts.endpoints,
    demo.endpoints,
    catalogue.endpoints,
    places.endpoints,
    readiness.endpoints,
    staff.endpoints,
    calls.endpoints,
    stills.endpoints,
    files.endpoints,
    messages.endpoints,
    pads.endpoints,
    recordings.endpoints,
    audit.endpoints,
)
"""Every endpoint with a message of ours, family by family."""
