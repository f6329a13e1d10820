"""The network beyond this server: the only HTTP client, and the rules for whom it may reach.

What a request is and how it fails stands in `ports.outbound`; who asks for what is the business of providers and
features. Servers and sockets of our own live in `api`, `live` and `processes`.
"""
