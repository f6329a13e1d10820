"""Words everybody uses: frozen classes, errors, ids, pages, JSON values, languages. Standard library only, and pure.

Nothing here knows of a database, a socket or a request; nothing here asks what time it is.
"""
