"""Auth connections: how to sign requests to other people's servers. What is secret in them is sealed.

Here are the records, and who uses them; nothing here sends a request.
"""
