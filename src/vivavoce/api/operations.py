"""The routes that operators and their tools ask: is it alive, is it ready."""

from starlette.responses import Response

from vivavoce.api.auth import public
from vivavoce.api.health import Health, Report
from vivavoce.api.replies import json_reply
from vivavoce.api.routing import Router
from vivavoce.base.json import Body


def operations_router(health: Health) -> Router:
    """`/healthz` and `/readyz`."""
    router = Router(include_in_schema=False)

    @router.get("/healthz")
    @public("Supervisors and load balancers ask without a key; it says only that the process is alive.")
    async def alive() -> Response:
        return json_reply({"status": "alive"})

    @router.get("/readyz")
    @public("Supervisors and load balancers ask without a key; it says which parts are ready.")
    async def ready() -> Response:
        report = await health.report()
        return json_reply(_body(report), 200 if report.ready else 503, {} if report.ready else {"retry-after": "1"})

    return router


def _body(report: Report) -> Body:
    return {
        "status": "ready" if report.ready else "not_ready",
        "components": {
            name: {"status": standing.level, **({"message": standing.message} if standing.message else {})}
            for name, standing in report.components.items()
        },
    }
