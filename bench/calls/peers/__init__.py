"""The other sides, each a server of its own in an environment of its own: Pipecat, LiveKit Agents, and a floor.

They serve the same WebSocket conversation with the same scripted ear, mind and voice (`oracle.py`, `../scenario.py`),
each wired as its own documentation wires providers. Nothing here is used by the product.
"""
