"""What a receiving peer's line carries: sent packets and the peer's feedback in, an estimate out.

    SentHistory ─► FeedbackReader ─► ArrivalGroups ─► Trendline ─► OveruseDetector ─► AimdController ┐
                          ├────────► AcknowledgedRate ────────────────────────────────────▲         ├─► min
                          └────────► LossBound ─────────────────────────────────────────────────────┘

After draft-ietf-rmcat-gcc-02 ("GCC"), with libwebrtc's trendline for the draft's Kalman filter. Feedback is
that of draft-holmer-rmcat-transport-wide-cc-extensions-01; packets, loss and round trip are spoken of as in
RFC 8888. Everything is replayable: times come in, nothing is drawn or read from a clock.

Deliberately not done: a filter per stream (the transport is one flow), ECN, and any decision by the estimate.
"""
