"""From journal records to samples on one clock: depacketise, put in order, fill, time. Pure."""
