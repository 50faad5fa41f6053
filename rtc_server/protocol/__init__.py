"""State machines of the media protocols: pure; time comes in as `now`, effects go out as values.

Machines with deadlines offer `next_deadline()` and `handle_timeout(now)`; the shell ticks every machine
that is due.
"""
