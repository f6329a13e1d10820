"""Everything of voices and speech over HTTP and WebSocket."""

from vivavoce.features.voices import (
    routes_dictionaries,
    routes_hearing,
    routes_listening,
    routes_speaking,
    routes_speech,
    routes_tickets,
    routes_voices,
)

_MODULES = (
    routes_voices,
    routes_speech,
    routes_speaking,
    routes_hearing,
    routes_listening,
    routes_dictionaries,
    routes_tickets,
)
routers = tuple(module.router for module in _MODULES)
