"""A Windows desktop by `SendInput`. Tested against a recorded API only, so never started."""
