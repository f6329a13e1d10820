"""Everything of voices and speech over HTTP and WebSocket."""

from vivavoce.features.voices import routes_voices

routers = (routes_voices.router,)
