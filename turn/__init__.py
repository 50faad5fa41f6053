"""TURN for networks that block UDP: time-limited credentials and a coturn that relays to media only."""
