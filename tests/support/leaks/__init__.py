"""What a test may not leave behind, and the hooks that fail one which does."""
