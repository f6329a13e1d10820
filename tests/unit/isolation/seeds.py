"""One thing of each kind in a workspace, made over HTTP: what the isolation tests try to reach from the next one.

A feature that adds a path with a new `{some_id}` adds a line to `SEEDS`: how such a thing is made. The lines run in
their order, and may use what earlier ones made.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from vivavoce.engine.commands import Ending
from vivavoce.engine.plan import MindSettings, ModelChoice, Plan, VoiceChoice, VoiceSettings
from vivavoce.engine.usage import Usage
from vivavoce.features.agents.service import Agents
from vivavoce.features.conversations.holding import Holding
from vivavoce.features.conversations.records import ConversationRecords
from vivavoce.ports.clock import SystemClock

Made = dict[str, str]

JOURNAL = (Path(__file__).parents[2] / "recordings" / "a_bad_day.jsonl").read_bytes()
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 24
Seed = Callable[[httpx.AsyncClient, Made], Awaitable[str]]


async def posted(client: httpx.AsyncClient, path: str, body: object) -> dict[str, Any]:
    reply = await client.post(path, json=body)
    assert reply.status_code in (200, 201), f"{path}: {reply.status_code} {reply.text}"
    return reply.json()


async def _agent(client: httpx.AsyncClient, made: Made) -> str:
    body = {"conversation_config": {"agent": {"first_message": "Seed"}}, "name": "Seed"}
    return (await posted(client, "/v1/convai/agents/create", body))["agent_id"]


async def _version(client: httpx.AsyncClient, made: Made) -> str:
    return (await client.get(f"/v1/convai/agents/{made['agent_id']}")).json()["version_id"]


async def _branch(client: httpx.AsyncClient, made: Made) -> str:
    path = f"/v1/convai/agents/{made['agent_id']}"
    body = {"parent_version_id": made["version_id"], "name": "seed", "description": "Seed"}
    return (await posted(client, f"{path}/branches", body))["created_branch_id"]


async def _service_account(client: httpx.AsyncClient, made: Made) -> str:
    return (await posted(client, "/v1/service-accounts", {"name": "Seed"}))["service-account-user-id"]


async def _machines_key(client: httpx.AsyncClient, made: Made) -> str:
    path = f"/v1/service-accounts/{made['service_account_user_id']}/api-keys"
    return (await posted(client, path, {"name": "seed", "permissions": "all"}))["key_id"]


async def _own_key(client: httpx.AsyncClient, made: Made) -> str:
    return (await posted(client, "/v1/vivavoce/api-keys", {"name": "seed", "permissions": "all"}))["key_id"]


async def _group(client: httpx.AsyncClient, made: Made) -> str:
    return (await posted(client, "/v1/vivavoce/groups", {"name": "Seed"}))["id"]


async def _member(client: httpx.AsyncClient, made: Made) -> str:
    return (await client.get("/v1/user")).json()["user_id"]


async def _same_branch(client: httpx.AsyncClient, made: Made) -> str:
    return made["branch_id"]


async def _secret(client: httpx.AsyncClient, made: Made) -> str:
    return (await posted(client, "/v1/convai/secrets", {"type": "new", "name": "seed", "value": "hush"}))["secret_id"]


async def _variable(client: httpx.AsyncClient, made: Made) -> str:
    body = {"type": "string", "label": "seed", "values": {"production": "value"}}
    return (await posted(client, "/v1/convai/environment-variables", body))["id"]


async def _environment(client: httpx.AsyncClient, made: Made) -> str:
    name = f"seed-{made['user_id'][-6:]}"  # names are not unique over workspaces, so these must differ by themselves
    return (await posted(client, "/v1/convai/environments", {"name": name}))["name"]


async def _connection(client: httpx.AsyncClient, made: Made) -> str:
    body = {"auth_type": "bearer_auth", "name": "seed", "provider": "custom", "token": "hush"}
    return (await posted(client, "/v1/workspace/auth-connections", body))["id"]


async def _webhook(client: httpx.AsyncClient, made: Made) -> str:
    settings = {"auth_type": "hmac", "name": "seed", "webhook_url": "https://hooks.example.org/seed"}
    return (await posted(client, "/v1/workspace/webhooks", {"settings": settings}))["webhook_id"]


async def _picture(client: httpx.AsyncClient, made: Made) -> str:
    files = {"avatar_file": ("seed.png", PICTURE, "image/png")}
    reply = await client.post(f"/v1/convai/agents/{made['agent_id']}/avatar", files=files)
    assert reply.status_code == 200, reply.text
    return reply.json()["avatar_url"].rsplit("/", 1)[1]


async def _voice(client: httpx.AsyncClient, made: Made) -> str:
    body = {"name": "Seed", "base_voice_id": "hibari_lark"}
    return (await posted(client, "/v1/vivavoce/voices", body))["voice_id"]


async def _dictionary(client: httpx.AsyncClient, made: Made) -> str:
    rule = {"type": "alias", "string_to_replace": "seed", "alias": "sprout"}
    body = {"name": "Seed", "rules": [rule]}
    return (await posted(client, "/v1/pronunciation-dictionaries/add-from-rules", body))["id"]


async def _dictionary_version(client: httpx.AsyncClient, made: Made) -> str:
    path = f"/v1/pronunciation-dictionaries/{made['pronunciation_dictionary_id']}"
    return (await client.get(path)).json()["latest_version_id"]


async def _conversation(client: httpx.AsyncClient, made: Made) -> str:
    """One that is over. The records are asked directly, for a call needs a socket."""
    services: dict[type, Any] = client._transport.app.state.services  # pyright: ignore
    agent = await services[Agents].called(made["agent_id"])
    assert agent is not None
    records: ConversationRecords = services[Holding].records
    clock = SystemClock()
    plan = Plan(
        conversation_id=clock.new_id("conv"),
        agent_id=made["agent_id"],
        started_at_micros=clock.now(),
        mind=MindSettings(model=ModelChoice(model="scripted")),
        voice=VoiceSettings(voice=VoiceChoice(voice_id="")),
    )
    record = await records.begin(agent.workspace_id, plan)
    record.journal(JOURNAL)
    record.finish(Ending("caller_hung_up", "The caller hung up."), Usage(), 1.0)
    await records.flush()
    return plan.conversation_id


async def _kept_call(client: httpx.AsyncClient, made: Made) -> str:
    body = {"conversation_id": made["conversation_id"], "name": "seed", "keeps_words": True}
    return (await posted(client, "/v1/vivavoce/kept-calls", body))["kept_call_id"]


SEEDS: dict[str, Seed] = {
    "agent_id": _agent,
    "name": _picture,  # of an agent's avatar
    "version_id": _version,
    "branch_id": _branch,
    "source_branch_id": _same_branch,
    "target_branch_id": _same_branch,
    "service_account_user_id": _service_account,
    "api_key_id": _machines_key,
    "key_id": _own_key,
    "group_id": _group,
    "user_id": _member,
    "secret_id": _secret,
    "env_var_id": _variable,
    "environment": _environment,
    "auth_connection_id": _connection,
    "webhook_id": _webhook,
    "voice_id": _voice,
    "pronunciation_dictionary_id": _dictionary,
    "pronunciation_version_id": _dictionary_version,
    "conversation_id": _conversation,
    "kept_call_id": _kept_call,
}


async def seed(client: httpx.AsyncClient) -> Made:
    """One of each kind."""
    made: Made = {}
    for name, make in SEEDS.items():
        made[name] = await make(client, made)
    return made
