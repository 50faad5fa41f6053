"""The selective forwarding unit's objects, without clock, sockets or randomness.

Router → WebRtcTransport → Producer / Consumer / DataProducer / DataConsumer, as in mediasoup.
"""
