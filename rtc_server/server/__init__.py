"""The media process: control channel, objects by id, process main."""
