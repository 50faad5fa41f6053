"""Static pages that belong to the server itself."""
