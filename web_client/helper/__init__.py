"""The helper program on the counter PC: lets a specialist, with consent, point, type and draw there.

Standard library only, Python 3.7 or newer: it runs where nothing of ours is installed.
`docs/REMOTE_CONTROL.md` says how it is used and what it does not do.
"""

VERSION = "1.0.0"
"""Of the helper; the server names the least it speaks with."""
