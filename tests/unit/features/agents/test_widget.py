"""The widget's settings as a page gets them, who may get them, and an agent's picture."""

import pytest
from tests.unit.features.agents.house import ADA, EVE, House, by, document

from vivavoce.features.agents.access import Grant
from vivavoce.ports.clock import ManualClock

pytestmark = pytest.mark.anyio

AGENTS = "/v1/convai/agents"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


async def asked(house: House, agent_id: str, *, origin: str | None = None, **params: str):
    """What a page without a key is answered."""
    async with house.client(None) as client:
        headers = {"origin": origin} if origin else {}
        return await client.get(f"{AGENTS}/{agent_id}/widget", params=params, headers=headers)


async def test_a_page_gets_looks_words_and_languages(house: House):
    agent_id = await house.create(
        conversation_config={
            "agent": {"first_message": "Hello", "language": "en"},
            "language_presets": {"de": {"overrides": {"agent": {"first_message": "Hallo"}}}},
            "conversation": {"text_only": True},
        },
        platform_settings={
            "widget": {
                "variant": "compact",
                "text_contents": {"start_call": "Call us"},
                "language_selector": True,
                "language_presets": {"de": {"text_contents": {"start_call": "Anrufen"}}},
            },
            "overrides": {
                "conversation_config_override": {"agent": {"language": True}, "conversation": {"text_only": True}}
            },
        },
    )
    reply = await asked(house, agent_id, origin="https://shop.example")
    assert reply.status_code == 200, reply.text
    assert reply.headers["access-control-allow-origin"] == "*"
    body = reply.json()
    config = body["widget_config"]
    assert body["agent_id"] == agent_id
    assert (config["variant"], config["placement"]) == ("compact", "bottom-right")
    assert config["text_contents"]["start_call"] == "Call us"
    assert (config["language"], config["first_message"], config["text_only"]) == ("en", "Hello", True)
    assert config["supported_language_overrides"] == ["en", "de"]
    assert config["language_presets"]["de"]["first_message"] == "Hallo"
    assert config["language_presets"]["de"]["text_contents"]["start_call"] == "Anrufen"
    assert config["use_rtc"] is False
    assert config["supports_text_only"] is True
    assert config["mic_muting_enabled"] is True
    assert config["file_input_config"]["max_files_in_memory"] == 10
    assert "language_selector" not in config


async def test_older_fields_speak_where_today_s_say_nothing(house: House):
    agent_id = await house.create(
        platform_settings={
            "widget": {
                "action_text": "Ask us",
                "start_call_text": "Ring",
                "text_contents": {"start_call": "Call"},
                "btn_color": "#aa0000",
                "bg_color": "#ffffff",
                "btn_radius": 4,
            }
        }
    )
    config = (await asked(house, agent_id)).json()["widget_config"]
    assert (config["text_contents"]["main_label"], config["text_contents"]["start_call"]) == ("Ask us", "Call")
    assert config["text_contents"]["end_call"] is None
    assert (config["styles"]["accent"], config["styles"]["button_radius"], config["styles"]["base"]) == (
        "#aa0000",
        4,
        None,
    )


async def test_a_draft_is_shown_as_a_page_would_get_it_and_not_kept(house: House):
    agent_id = await house.create()
    draft = {
        "conversation_config": {"agent": {"first_message": "From the draft", "language": "fr"}},
        "platform_settings": {"widget": {"variant": "tiny", "avatar": {"type": "image", "url": "/v1/face.png"}}},
    }
    path = f"/v1/vivavoce/agents/{agent_id}/widget-preview"
    async with house.client(ADA) as client:
        body = (await client.post(path, json=draft)).json()
        wrong = await client.post(path, json={"platform_settings": {"widget": {"default_expanded": "perhaps"}}})
    config = body["widget_config"]
    assert (config["variant"], config["first_message"], config["language"]) == ("tiny", "From the draft", "fr")
    assert config["avatar"]["url"].startswith("http")
    assert config["text_only"] is False
    assert wrong.status_code == 422
    assert (await asked(house, agent_id)).json()["widget_config"]["variant"] == "full"
    async with house.client(EVE) as client:
        assert (await client.post(path, json=draft)).status_code == 404
    async with house.client(None) as client:
        assert (await client.post(path, json=draft)).status_code == 401


async def test_nothing_but_the_widget_is_told(house: House):
    agent_id = await house.create(prompt="The secret sauce.", platform_settings={"auth": {"shareable_token": "t0k"}})
    text = (await asked(house, agent_id)).text
    assert "sauce" not in text
    assert "t0k" not in text


async def test_languages_are_offered_only_where_they_may_be_chosen(house: House):
    presets = {"language_presets": {"de": {"overrides": {}}}}
    agent_id = await house.create(
        conversation_config=presets, platform_settings={"widget": {"language_selector": True}}
    )
    assert (await asked(house, agent_id)).json()["widget_config"]["supported_language_overrides"] is None


async def test_explicit_values_win_over_defaults(house: House):
    widget = {"mic_muting_enabled": False, "transcript_enabled": False}
    agent_id = await house.create(platform_settings={"widget": widget})
    config = (await asked(house, agent_id)).json()["widget_config"]
    assert (config["mic_muting_enabled"], config["transcript_enabled"]) == (False, False)


@pytest.mark.parametrize(
    ("allowlist", "required", "origin", "status"),
    [
        ([], True, None, 200),
        (["shop.example"], False, "https://shop.example", 200),
        (["shop.example"], False, "https://SHOP.example:8443", 200),
        (["localhost:3000"], False, "http://localhost:3000", 200),
        (["localhost:3000"], False, "http://localhost:4000", 403),
        (["shop.example"], False, "https://evil.example", 403),
        (["shop.example"], False, "https://shop.example.evil.example", 403),
        (["shop.example"], False, "null", 403),
        (["shop.example"], False, None, 200),
        (["shop.example"], True, None, 403),
    ],
)
async def test_the_allowlist(house: House, allowlist: list[str], required: bool, origin: str | None, status: int):
    auth = {"allowlist": [{"hostname": host} for host in allowlist], "require_origin_header": required}
    agent_id = await house.create(platform_settings={"auth": auth})
    assert (await asked(house, agent_id, origin=origin)).status_code == status


async def test_an_agent_that_needs_a_proof(house: House, clock: ManualClock):
    settings = {"auth": {"enable_auth": True, "shareable_token": "t0k"}}
    agent_id, other = await house.create(platform_settings=settings), await house.create()
    signatures = house.services.signatures
    grant = Grant(agent_id=agent_id, expires_at=signatures.expires_at())
    token = await signatures.sign("ws_a", grant)
    assert token.replace("-", "").replace("_", "").isalnum()

    assert (await asked(house, agent_id)).status_code == 401
    assert (await asked(house, agent_id, conversation_signature=token)).status_code == 200
    assert (await asked(house, agent_id, conversation_signature="t0k")).status_code == 200
    for wrong in ("", "x", "t0k2", token[:-2], await signatures.sign("ws_b", grant)):
        assert (await asked(house, agent_id, conversation_signature=wrong)).status_code == 401
    elsewhere = await signatures.sign("ws_a", Grant(agent_id=other, expires_at=grant.expires_at))
    assert (await asked(house, agent_id, conversation_signature=elsewhere)).status_code == 401
    clock.advance(15 * 60 + 1)
    refused = await asked(house, agent_id, conversation_signature=token)
    assert refused.json()["detail"]["status"] == "signature_expired"

    async with house.client(ADA) as client:
        assert (await client.get(f"{AGENTS}/{agent_id}/widget")).status_code == 200
    async with house.client(EVE) as client:
        assert (await client.get(f"{AGENTS}/{agent_id}/widget")).status_code == 401


async def test_a_signature_keeps_what_it_was_made_for(house: House):
    signatures = house.services.signatures
    grant = Grant(agent_id="agent_1", expires_at=signatures.expires_at(), branch_id="b", conversation_id="conv_1")
    assert await signatures.read("ws_a", "agent_1", await signatures.sign("ws_a", grant)) == grant


async def test_an_agent_that_is_not_there(house: House):
    assert (await asked(house, "agent_x")).status_code == 404


# ---------------------------------------------------------------------------------------------------------------
# Pictures


async def upload(client, agent_id: str, data: bytes, name: str = "blob"):
    files = {"avatar_file": (name, data, "application/octet-stream")}
    return await client.post(f"{AGENTS}/{agent_id}/avatar", files=files)


async def test_a_picture_is_shown_to_everybody_who_has_its_address(house: House):
    agent_id = await house.create()
    async with house.client() as client:
        reply = await upload(client, agent_id, PNG)
        assert reply.status_code == 200, reply.text
        url = reply.json()["avatar_url"]
        config = (await client.get(f"{AGENTS}/{agent_id}/widget")).json()["widget_config"]
        assert config["avatar"] == {"type": "image", "url": url}
    async with house.client(None) as stranger:
        picture = await stranger.get(url.split("/", 3)[3])
        assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
        assert "immutable" in picture.headers["cache-control"]
        for wrong in ("nothing.png", "..%2f..%2fx.png", "x" * 300):
            assert (await stranger.get(f"{AGENTS}/{agent_id}/avatar/{wrong}")).status_code == 404


@pytest.mark.parametrize(
    ("data", "ending"),
    [(b"\xff\xd8\xff\xe0", "jpg"), (b"GIF89a", "gif"), (b"RIFF\0\0\0\0WEBPVP8 ", "webp"), (PNG, "png")],
)
async def test_a_picture_is_what_its_bytes_say(house: House, data: bytes, ending: str):
    agent_id = await house.create()
    async with house.client() as client:
        assert (await upload(client, agent_id, data, "evil.svg")).json()["avatar_url"].endswith(f".{ending}")


async def test_what_is_no_picture_is_refused(house: House):
    agent_id = await house.create()
    async with house.client() as client:
        for data in (b"", b"<svg onload='alert(1)'/>", b"RIFF\0\0\0\0WAVEfmt ", b"%PDF-1.7"):
            reply = await upload(client, agent_id, data, "picture.png")
            assert reply.status_code == 422
            assert reply.json()["detail"][0]["loc"] == ["body", "avatar_file"]
        assert (await client.post(f"{AGENTS}/{agent_id}/avatar", files={})).status_code == 422
        too_large = await upload(client, agent_id, PNG + bytes(6 * 1024 * 1024))
        assert too_large.status_code == 413
    async with house.client(EVE) as client:
        assert (await upload(client, agent_id, PNG)).status_code == 404


async def test_an_upload_publishes_no_draft(house: House):
    agent_id = await house.create()
    main = await house.main(agent_id)
    await house.drafts.put(ADA, agent_id, main, document(platform_settings={}))
    await house.services.avatars.put(by(ADA), agent_id, PNG)
    await house.drafts.get(ADA, agent_id, main)


async def test_a_copy_keeps_its_picture_when_the_original_goes(house: House):
    agent_id = await house.create()
    await house.services.avatars.put(by(ADA), agent_id, PNG)
    twin = await house.agents.duplicate(by(ADA), agent_id, None)
    await house.agents.delete(by(ADA), agent_id)
    async with house.client() as client:
        url = (await client.get(f"{AGENTS}/{twin}/widget")).json()["widget_config"]["avatar"]["url"]
        assert twin in url
        assert (await client.get(url.split("/", 3)[3])).content == PNG
    await house.agents.delete(by(ADA), twin)
    assert [info async for info in house.blobs.list("ws_a")] == []


async def test_terms_are_html_whatever_they_were_written_in(house: House):
    widget = {"terms_text": "You **agree**.", "language_presets": {"de": {"terms_text": "Sie *stimmen zu*."}}}
    presets = {"language_presets": {"de": {"overrides": {}}}}
    agent_id = await house.create(conversation_config=presets, platform_settings={"widget": widget})
    config = (await asked(house, agent_id)).json()["widget_config"]
    assert config["terms_html"] == "<p>You <strong>agree</strong>.</p>"
    assert config["language_presets"]["de"]["terms_html"] == "<p>Sie <em>stimmen zu</em>.</p>"


async def test_what_would_be_refused_is_not_offered(house: House):
    gates = {"conversation_config_override": {"conversation": {"text_only": False}}}
    agent_id = await house.create(platform_settings={"overrides": gates, "widget": {"feedback_mode": "end"}})
    config = (await asked(house, agent_id)).json()["widget_config"]
    assert config["supports_text_only"] is False
    assert config["end_feedback"] == {"type": "rating"}
    assert config["file_input_config"]["enabled"] is False, "this server takes no files yet"


async def test_a_picture_for_a_draft_changes_no_agent(house: House):
    agent_id = await house.create()
    before = await house.services.agents.get(ADA, agent_id)
    async with house.client(ADA) as client:
        kept = await client.post(f"/v1/vivavoce/agents/{agent_id}/pictures", files={"picture": ("face", PNG, "x/y")})
        wrong = await client.post(
            f"/v1/vivavoce/agents/{agent_id}/pictures", files={"picture": ("face", b"<svg>", "x")}
        )
    assert (kept.status_code, wrong.status_code) == (200, 422)
    async with house.client(None) as client:
        assert (await client.get(kept.json()["path"])).content == PNG
    assert await house.services.agents.get(ADA, agent_id) == before
