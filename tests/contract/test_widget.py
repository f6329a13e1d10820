"""The widget of an agent, as pages of any origin ask for it."""

import base64
import io

import httpx
import pytest
from tests.contract.making import new_agent, patch

# The smallest PNG there is: one transparent pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture
def widget(contract):
    return contract.python.conversational_ai.agents.widget


@pytest.mark.covers("GET /v1/convai/agents/{agent_id}/widget")
def test_a_page_learns_how_the_widget_looks(contract, widget):
    agent_id = new_agent(contract, "On a page")
    patch(
        contract,
        agent_id,
        {
            "conversation_config": {"agent": {"language": "de", "first_message": "Hallo"}},
            "platform_settings": {"widget": {"variant": "tiny", "bg_color": "#123456", "mic_muting_enabled": False}},
        },
    )
    widget.get(agent_id)
    config = contract.last["widget_config"]
    assert contract.last["agent_id"] == agent_id
    assert (config["variant"], config["bg_color"], config["mic_muting_enabled"]) == ("tiny", "#123456", False)
    assert config["language"] == "de"


def test_a_page_needs_no_key_and_may_be_anywhere(contract):
    agent_id = new_agent(contract)
    url = f"{contract.server.base_url}/v1/convai/agents/{agent_id}/widget"
    answer = httpx.get(url, headers={"origin": "https://anywhere.example"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")


@pytest.mark.covers("POST /v1/convai/agents/{agent_id}/avatar")
def test_a_picture_is_shown_by_the_widget(contract, widget):
    agent_id = new_agent(contract)
    widget.avatar.create(agent_id, avatar_file=("face.png", io.BytesIO(PIXEL), "image/png"))
    url = contract.last["avatar_url"]
    widget.get(agent_id)
    assert contract.last["widget_config"]["avatar"] == {"type": "image", "url": url}
    picture = httpx.get(url)
    assert (picture.status_code, picture.content) == (200, PIXEL)


def test_what_is_no_picture_is_refused(contract):
    agent_id = new_agent(contract)
    files = {"avatar_file": ("blob", b"<script>alert(1)</script>", "application/octet-stream")}
    answer = contract.http.post(f"/v1/convai/agents/{agent_id}/avatar", files=files)
    assert answer.status_code == 422
