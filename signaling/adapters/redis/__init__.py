"""Ports between several processes over Redis: the bus, presence and the routing lease."""
