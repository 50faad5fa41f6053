"""Names of the identifier types; all are opaque strings of at most 64 characters `[A-Za-z0-9_.:-]`.

They are aliases, not `NewType`s: identifiers come from messages as plain strings and are checked by looking
them up.
"""

from typing import Any, TypeAlias

CallId: TypeAlias = str
AskId: TypeAlias = str
StaffId: TypeAlias = str
PadId: TypeAlias = str
PointId: TypeAlias = str
DepartmentId: TypeAlias = str
RegionCode: TypeAlias = str
ItemCode: TypeAlias = str
ParticipantId: TypeAlias = str
"""Unique within one call: `clerk`, `specialist-2`; also the name of the participant's recording lanes."""
SocketId: TypeAlias = str
TransportId: TypeAlias = str
ProducerId: TypeAlias = str
ConsumerId: TypeAlias = str
JsonObject: TypeAlias = dict[str, Any]
"""mediasoup's own JSON, passed through unread."""
