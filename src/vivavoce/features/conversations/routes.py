"""The routes of the feature."""

from vivavoce.features.conversations import live_route

routers = (live_route.router,)
