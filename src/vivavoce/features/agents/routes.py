"""The routers of this feature, for the server."""

from vivavoce.features.agents.routes_agents import router as agents
from vivavoce.features.agents.routes_branches import router as branches

routers = (agents, branches)
