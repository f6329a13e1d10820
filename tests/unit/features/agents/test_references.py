"""What a document uses, found wherever it stands, and refused where it is not there."""

import pytest
from tests.unit.features.agents.house import ADA, House, by

from vivavoce.base.errors import Invalid
from vivavoce.base.json import Body
from vivavoce.features.agents import references
from vivavoce.features.agents.checks import BY_ID, BY_UNIQUE
from vivavoce.features.agents.references import Use, added, uses
from vivavoce.features.webhooks.service import WEBHOOKS
from vivavoce.features.workspace.service import CONNECTIONS, SECRETS, VARIABLES
from vivavoce.ports.documents import Kind, Reference

pytestmark = pytest.mark.anyio

PROMPT = ("conversation_config", "agent", "prompt")

RICH = {
    "conversation_config": {
        "agent": {
            "prompt": {
                "tool_ids": ["tool_1", "tool_2"],
                "knowledge_base": [{"type": "file", "id": "doc_1", "name": "x"}],
                "mcp_server_ids": ["mcp_1"],
                "custom_llm": {
                    "url": "https://{{system_env__host}}/v1/{{ system_env__path }}",
                    "api_key": {"secret_id": "secret_1"},
                    "request_headers": {"tool_id": "just a header", "x": {"env_var_label": "label_1"}},
                    "auth_connection": {"auth_connection_id": "conn_1"},
                },
                "built_in_tools": {"transfer_to_agent": {"params": {"transfers": [{"agent_id": "agent_1"}]}}},
                "tools": [{"parameters": {"properties": {"agent_id": {"type": "string"}, "tool_id": "text"}}}],
            },
            "dynamic_variables": {"dynamic_variable_placeholders": {"agent_id": "no reference"}},
        },
        "tts": {"voice_id": "voice_1", "supported_voices": [{"voice_id": "voice_2"}]},
        "language_presets": {"tool_id": {"overrides": {"tts": {"voice_id": "voice_3"}}}},
    },
    "platform_settings": {
        "testing": {"attached_tests": [{"test_id": "test_1"}]},
        "data_collection": {"agent_id": {"description": "asked for"}},
        "workspace_overrides": {"webhooks": {"post_call_webhook_id": "webhook_1"}},
    },
    "workflow": {
        "nodes": {
            "tool_id": {"type": "tool", "tools": [{"tool_id": "tool_3"}]},
            "n2": {"additional_tool_ids": ["tool_4"], "additional_knowledge_base": [{"id": "doc_2"}]},
            "n3": {"type": "standalone_agent", "agent_id": "{{which}}"},
        }
    },
    "of_tomorrow": [{"secret_id": "secret_2"}],
}


def test_every_reference_is_found_and_nothing_else():
    found = {(use.reference.kind, use.reference.id) for use in uses(RICH)}
    assert found == {
        ("agents", "agent_1"),
        ("auth_connections", "conn_1"),
        ("environment_variables", "host"),
        ("environment_variables", "label_1"),
        ("environment_variables", "path"),
        ("knowledge_documents", "doc_1"),
        ("knowledge_documents", "doc_2"),
        ("mcp_servers", "mcp_1"),
        ("secrets", "secret_1"),
        ("secrets", "secret_2"),
        ("tests", "test_1"),
        *(("tools", f"tool_{number}") for number in (1, 2, 3, 4)),
        *(("voices", f"voice_{number}") for number in (1, 2, 3)),
        ("webhooks", "webhook_1"),
    }


def test_a_reference_says_where_it_stands():
    found = {use.reference.id: use.loc for use in uses(RICH)}
    assert found["tool_2"] == (*PROMPT, "tool_ids", 1)
    assert found["doc_1"] == (*PROMPT, "knowledge_base", 0, "id")
    assert found["secret_1"] == (*PROMPT, "custom_llm", "api_key", "secret_id")


def test_only_what_a_change_adds_is_looked_at():
    before = {"tool_ids": ["a", "b"]}
    assert list(added({"tool_ids": ["b", "c"]}, before)) == [Use(Reference("tools", "c"), ("tool_ids", 1))]


def test_every_kind_is_checked_or_listed_as_unchecked():
    kinds = {*references._BY_KEY.values(), *references._OBJECTS_BY_KEY.values()}
    assert kinds - {*BY_ID, *BY_UNIQUE} <= references.UNCHECKED
    assert not references.UNCHECKED & {*BY_ID, *BY_UNIQUE}


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        (SECRETS, lambda id: {"api_key": {"secret_id": id}}),
        (CONNECTIONS, lambda id: {"auth_connection": {"auth_connection_id": id}}),
        (WEBHOOKS, lambda id: {"later": {"post_call_webhook_id": id}}),
        (VARIABLES, lambda id: {"url": f"https://{{{{system_env__{id}}}}}/v1"}),
        (VARIABLES, lambda id: {"request_headers": {"x": {"env_var_label": id}}}),
    ],
)
async def test_what_is_not_there_is_refused_and_what_is_there_is_used(house: House, kind: Kind, part):
    agent_id = await house.create()

    def change(id: str) -> Body:
        custom = {"url": "https://example.com", **part(id)}
        return {"conversation_config": {"agent": {"prompt": {"custom_llm": custom}}}}

    with pytest.raises(Invalid) as refused:
        await house.agents.patch(by(ADA), agent_id, change("nobody"))
    assert refused.value.loc[:5] == ("body", *PROMPT, "custom_llm")
    assert "nobody" in refused.value.message

    bodies = {
        SECRETS.kind: {"name": "s"},
        WEBHOOKS.kind: {"name": "w", "events": []},
        CONNECTIONS.kind: {"public": {"name": "c", "auth_type": "bearer"}},
        VARIABLES.kind: {"label": "host", "type": "string", "values": {}},
    }
    async with house.documents.transaction() as transaction:
        row = await transaction.insert(kind, "ws_a", bodies[kind.kind])
    known = "host" if kind is VARIABLES else row.id
    await house.agents.patch(by(ADA), agent_id, change(known))
    assert await house.documents.used_by("ws_a", Reference(kind.kind, known)) == [Reference("agents", agent_id)]


async def test_references_to_what_nobody_can_check_are_kept(house: House):
    prompt = {"prompt": "", "tool_ids": ["tool_x"], "tools": [{"type": "client", "name": "t", "description": ""}]}
    agent_id = await house.create(conversation_config={"agent": {"prompt": prompt}})
    config = await house.config(agent_id)
    assert config["conversation_config"]["agent"]["prompt"] == prompt
    assert await house.documents.used_by("ws_a", Reference("tools", "tool_x")) == [Reference("agents", agent_id)]
