"""The asyncio shell of a call: everything that acts, around the engine, which decides.

`runner` holds one call: it hands events to the engine, carries out its commands and keeps its one timer. The organs:
`hearing` (frames -> events), `thinking` (models), `speaking` (voices and the paced mouth), `tooling`, `journal`.
`supervisor` holds all calls of a process: admission, draining, loop lag. `links/` are the caller's end of the line.

What a call needs of the rest of the house comes through ports; nothing here knows a feature, a table or a provider.
"""
