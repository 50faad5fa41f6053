"""When a row is not as it was read, or somebody is taken."""


class ConflictError(Exception):
    """The row changed since it was read: reload and retry."""


class ClaimedError(ConflictError):
    """Somebody of the call is asked by, or in, another one: trying again is of no use."""
