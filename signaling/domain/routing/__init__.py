"""Who is offered which waiting call: pure, explained and replayable.

`order` sorts the waiting calls. `policy` says who is admitted at which step, one file a strategy ranks them.
`roster` files people by what they can take and where, `pool` by whether they are free right now, so that
`choose` finds the plausible without looking at everybody. `judge` makes the stored `decision` of them, and
makes it again from what was stored. `estimate` tells the waiting how long.
"""
