"""What tests of one resource need of another: made through the official client, as users make it."""

import uuid
from typing import Any

import httpx
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


def new_member(contract: Contract, **invite: Any) -> str:
    """The address of somebody who was invited and came."""
    email = f"{uuid.uuid4().hex[:12]}@example.org"
    contract.python.workspace.invites.create(email=email, **invite)
    token = contract.last["vivavoce_invite_links"][0]["path"].rpartition("=")[2]
    answer = httpx.post(
        f"{contract.server.base_url}/v1/vivavoce/invites/accept", json={"invite_token": token, "first_name": "Vera"}
    )
    assert answer.status_code == 200, answer.text
    return email


def prompt_in(body: Any) -> str:
    """The prompt of an agent that was read."""
    text: str = body["conversation_config"]["agent"]["prompt"]["prompt"]
    return text
