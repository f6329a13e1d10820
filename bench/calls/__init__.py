"""Calls: added latency, silence after a barge-in, capacity and cost, beside Pipecat, LiveKit Agents and a floor.

    ./dev bench calls              everything (about 15 minutes)
    ./dev bench calls --quick      a smaller run (3 minutes) that shows whether something went wrong
    ./dev bench calls --only ours  one side: ours, floor, pipecat, livekit (more than one is fine)

Ours is `vivavoce serve` as people start it, with the scripted providers chosen by settings. Every side holds the same
calls: real WebSockets on loopback, real JSON and base64, a neural voice detector, and ears, mind and voice with the
same fixed delays (`scenario.py`). What is expected of ours is the table in `verdicts.py`; README.md says what each
figure means.

    scenario    the constants of the conversation
    generator   the callers, a process of its own: caller, playout, sounds, frames
    servers     starts a side, pinned to a core: ours, peers/
    machine     what a server's processes use
    rows        one server under one load: a row of the result
    plan        which rows a run has
    verdicts    what was expected, and whether it was met
"""
