"""Everything of voices and speech over HTTP and WebSocket."""

from vivavoce.features.voices import routes_speaking, routes_speech, routes_voices

routers = (routes_voices.router, routes_speech.router, routes_speaking.router)
