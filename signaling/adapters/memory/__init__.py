"""Ports for one process: the bus, presence and the lease."""
