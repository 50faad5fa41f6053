"""What Bangban decides, without I/O: calls, routing, search, roles, and the nouns they share.

Pure floor: no asyncio, sockets, clock, randomness or libraries that do I/O. Times are wall-clock seconds
(Unix epoch) because a call's age outlives processes; they come in as `now`. Identifiers are opaque strings
chosen by the services.
"""
