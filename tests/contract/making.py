"""What tests of one resource need of another: made through the official client, as users make it."""

from typing import Any

from tests.contract.client import Contract


def document(prompt: str = "Be brief.", **more: Any) -> dict[str, Any]:
    """A small agent as a client sends it."""
    return {"conversation_config": {"agent": {"prompt": {"prompt": prompt}}}, **more}


def new_agent(contract: Contract, name: str = "Helper", **more: Any) -> str:
    """An agent's id."""
    agent_id: str = contract.python.conversational_ai.agents.create(name=name, **document(**more)).agent_id
    return agent_id


def read_agent(contract: Contract, agent_id: str, **where: str) -> Any:
    """An agent as it came over the wire."""
    contract.python.conversational_ai.agents.get(agent_id, **where)
    return contract.last


def patch(contract: Contract, agent_id: str, body: dict[str, Any], **where: str) -> Any:
    """Change an agent with exactly this body."""
    answer = contract.http.patch(f"/v1/convai/agents/{agent_id}", json=body, params=where)
    assert answer.status_code == 200, answer.text
    return answer.json()


def prompt_in(body: Any) -> str:
    """The prompt of an agent that was read."""
    text: str = body["conversation_config"]["agent"]["prompt"]["prompt"]
    return text
