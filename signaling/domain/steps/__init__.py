"""What each input makes of a call: one function per row of the state table, parted by the call's life.

Effects are returned: the new call and what to log. A function returns None when its input changes nothing.
"""
