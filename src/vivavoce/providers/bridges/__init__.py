"""Bridges: whole frameworks' plugins behind our ports, for vendors that have no file of their own here.

A bridge translates; what a provider promises (finals at pauses, resending, leaving at any moment) is kept by the same
code as for every other provider. The providers themselves are files in the folder of what they do.
"""
