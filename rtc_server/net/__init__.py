"""Sockets, DTLS and SCTP: the only floor of the media plane that waits for anything."""
