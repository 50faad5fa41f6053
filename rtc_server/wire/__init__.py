"""Formats on the wire: pure parsers and serialisers; malformed bytes raise WireError and nothing else."""
