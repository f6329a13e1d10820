"""The routes that operators and their tools ask: is it alive, is it ready, how busy."""

from typing import Annotated

from fastapi import Depends, Query
from starlette.requests import HTTPConnection
from starlette.responses import Response

from vivavoce.api.auth import Knows, identify, needs, public
from vivavoce.api.health import Health, Purpose, Report
from vivavoce.api.metrics import CONTENT_TYPE, Metrics
from vivavoce.api.passage import passage_of
from vivavoce.api.replies import json_reply
from vivavoce.api.routing import Router
from vivavoce.base.errors import Unauthorized
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.ports.identity import Caller


def operations_router(health: Health, metrics: Metrics, version: str) -> Router:
    """`/healthz`, `/readyz` and `/metrics`."""
    router = Router(include_in_schema=False)

    @router.get("/healthz")
    @public("Supervisors and load balancers ask without a key; it says only that the process is alive.")
    async def alive() -> Response:
        return json_reply({"status": "alive"})

    @router.get("/readyz")
    @public("Supervisors and load balancers ask without a key; it says which parts are ready.")
    async def ready(purpose: Annotated[Purpose, Query(alias="for")] = "text") -> Response:
        report = await health.report(purpose)
        return json_reply(
            _body(report, version), 200 if report.ready else 503, {} if report.ready else {"retry-after": "1"}
        )

    @router.get("/metrics")
    async def count(_: MetricsReader) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return router


@frozen
class _NearbyOrAdmin(Knows):
    """Metrics are for the machine's operator: somebody on the machine itself, or an admin's key from elsewhere."""

    async def __call__(self, connection: HTTPConnection) -> Caller | None:
        caller = await identify(connection)
        if caller is None and not _is_local(connection):
            raise Unauthorized("From another machine, metrics need an admin's API key.", status="needs_authorization")
        if caller is not None:
            needs("workspace", role="admin").check(caller)
        return caller


MetricsReader = Annotated[Caller | None, Depends(_NearbyOrAdmin())]


def _is_local(connection: HTTPConnection) -> bool:
    """Asked from this machine, and not on behalf of somebody that a proxy speaks for."""
    if "x-forwarded-for" in connection.headers or "forwarded" in connection.headers:
        return False
    return passage_of(connection).client in ("127.0.0.1", "::1")


def _body(report: Report, version: str) -> Body:
    return {
        "status": "ready" if report.ready else "not_ready",
        "version": version,
        "components": {
            name: {"status": standing.level, **({"message": standing.message} if standing.message else {})}
            for name, standing in report.components.items()
        },
    }
