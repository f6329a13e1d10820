"""The network beyond this server: the only way out for requests and lines, and the rules for whom they may reach.

What a request is and how it fails stands in `ports.outbound`; who asks for what is the business of providers and
features. Servers and sockets of our own live in `api`, `live` and `processes`.
"""
