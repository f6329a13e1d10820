"""The HTTP edge that all features share: the server, who may come in, errors, pages, limits.

What a resource is and does lives in its feature; what every request has in common lives here.
"""
