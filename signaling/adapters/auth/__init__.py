"""Access tokens, password hashes and signed addresses."""
