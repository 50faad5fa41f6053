"""Access tokens and signed addresses."""
