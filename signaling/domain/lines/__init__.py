"""What lines of a call carry: samples of each person and direction, their score, and how they are kept."""
