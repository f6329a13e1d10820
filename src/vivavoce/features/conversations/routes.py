"""The routes of the feature."""

from vivavoce.features.conversations import (
    routes_access,
    routes_history,
    routes_kept,
    routes_live,
    routes_monitor,
    routes_overview,
    routes_timeline,
)

routers = (
    routes_live.router,
    routes_access.router,
    routes_history.router,
    routes_kept.router,
    routes_monitor.router,
    routes_overview.router,
    routes_timeline.router,
)
