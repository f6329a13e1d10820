"""Conversations: taken, held, kept, shown, watched.

    routes_live starting    the socket that a client talks through: who may come in, what runs, why not
    records transcript      what is kept of a call while it runs, written in groups
    store tables            the rows
    orphans                 calls whose process died are closed with their reason
    routes_history history render schema filters    what the API shows of conversations; deleting and rating them
    routes_kept keeping     calls that are kept as tests
    routes_access signing   signed URLs, and what clients ask for that is not built yet
    routes_monitor watching monitor tap    watching and steering a running call, whichever process holds it
    service                 what other features and commands may use of this one

What happens within a call is the engine's and `live`'s business; what an agent is and who may talk to it is told by
`features/agents`. Analysis, recordings and search are features of their own, above this one.
"""
