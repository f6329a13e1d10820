"""Words everybody uses: errors, ids, clocks, pages, JSON values, names of languages. Standard library only, and pure.

Nothing here knows of a database, a socket or a request; nothing here asks what time it is.
"""
