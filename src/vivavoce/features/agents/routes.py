"""The routers of this feature, for the server."""

from vivavoce.features.agents.routes_agents import router as agents
from vivavoce.features.agents.routes_branches import router as branches
from vivavoce.features.agents.routes_costs import router as costs
from vivavoce.features.agents.routes_talk import router as talk
from vivavoce.features.agents.routes_widget import router as widget

routers = (agents, branches, widget, talk, costs)
