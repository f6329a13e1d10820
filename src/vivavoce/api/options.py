"""What can be set about the edge. `settings.py` fills it in; every default is safe for a machine on its own."""

from vivavoce.base.frozen import frozen

KIB = 1024
MIB = 1024 * KIB


@frozen
class ServerOptions:
    """The edge's options.

    public_url              how the world reaches this server; decides whose `Origin` is ours
    cors_origins            further web pages that may call the API from a browser ("https://app.example.com")
    trusted_proxies         addresses or networks whose `X-Forwarded-*` headers are believed
    max_body_bytes          the largest body of a route that declares no other limit
    requests_per_minute     per API key or session, a sixth of it at once; 0 turns the limit off
    refusals_per_minute     how many wrong keys one address may try before it has to wait
    slow_request_seconds    requests that take longer are logged
    access_log              log every request, not only failures and slow ones
    strict_transport        tell browsers to come by HTTPS only, when they come by HTTPS
    """

    version: str = "0"
    public_url: str | None = None
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    max_body_bytes: int = 4 * MIB
    requests_per_minute: int = 6000
    refusals_per_minute: int = 30
    slow_request_seconds: float = 2.0
    access_log: bool = False
    strict_transport: bool = True
