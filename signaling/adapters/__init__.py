"""Implementations of the services' ports; `compose` chooses among them."""
