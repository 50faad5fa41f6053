"""What people are shown: views carried by events, snapshots and REST answers."""
