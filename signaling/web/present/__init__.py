"""Domain values as people are shown them: names looked up, times with a zone, identity masked."""
