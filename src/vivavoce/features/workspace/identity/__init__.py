"""Who is calling: the caller behind a key or a session, the first run, login links.

Managing keys and members is next door in `keys` and `members`; what a caller may do with a route is `api`'s question.
"""
