"""Descriptions of the interface for others, all made from the message definitions."""
