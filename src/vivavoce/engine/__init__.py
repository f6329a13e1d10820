"""The conversation engine: it decides everything that happens in a call and does none of it.

What lives here: the `Plan` an agent is compiled to, the events a shell reports, the commands it must carry out,
and `Conversation`, the pure machine between them. Time is a number that is passed in, randomness is a seed in the
plan, and nothing here opens a socket, reads a clock or starts a task. That is why a ten-minute call is an instant
test, and why any call can be replayed from its journal, bit for bit.

Read in this order: `plan`, `events`, `commands`, `conversation`; then what it is made of: `turns` and
`interruption` (the caller's side), `barge_in` (both at once), `reply`, `mind`, `phrasing`, `playback`, `fillers` and
`tools` (the agent's side), `transcript`, `prompt` and `variables` (what is known), `silence` and `timetable` (the
clocks), `endings`, `usage` (what it took), `codec` and `journal` (what is kept),
`timeline` and `redaction` (what is made of it).

What does not live here: audio samples, wire formats, providers, the shell that applies commands (`live`), and the
agent document (`features/agents/compile.py` turns it into a `Plan`).
"""
