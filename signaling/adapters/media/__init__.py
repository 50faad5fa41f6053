"""The media plane behind its port: a media process reached over its control channel."""
