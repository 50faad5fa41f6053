"""Who is offered which waiting call: pure, explained and replayable.

`order` sorts the waiting calls, `policy` says who is eligible at which step, one file a strategy ranks the
eligible, `choose` puts them
together into a stored `Decision`, `estimate` tells the waiting how long.
"""
