"""Connections of the control channel: helpers of counter PCs, each on a WebSocket of its own.

Their messages are defined once, in `web_client.helper.wire`; here they are read, checked and numbered.
"""
