"""API keys, and the service accounts that hold keys for machines.

What a permission opens stands in `permissions`, one folder up; who is behind a key is `identity`'s question.
"""
