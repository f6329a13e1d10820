"""The catalogue of voices, through the official Python SDK."""

import uuid

import pytest
from elevenlabs import VoiceSettings

STOCK = "hibari_merle"


@pytest.fixture
def voices(contract):
    return contract.python.voices


def create(contract, **more):
    """The id of a voice that was made from one in stock."""
    body = {"name": f"Nora {uuid.uuid4().hex[:8]}", "base_voice_id": STOCK, **more}
    reply = contract.http.post("/v1/vivavoce/voices", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()["voice_id"]


@pytest.mark.covers("GET /v1/models")
def test_models_are_those_that_clients_name(contract):
    contract.python.models.list()
    models = {model["model_id"]: model for model in contract.last}
    assert models["eleven_flash_v2_5"]["can_do_text_to_speech"] is True
    assert models["scribe_v1"]["can_do_text_to_speech"] is False
    assert {"language_id": "en", "name": "English"} in models["eleven_flash_v2_5"]["languages"]


@pytest.mark.covers("GET /v1/voices")
def test_all_voices_are_those_in_stock_and_ones_own(contract, voices):
    voice_id = create(contract)
    voices.get_all()
    listed = {voice["voice_id"]: voice for voice in contract.last["voices"]}
    assert (listed[STOCK]["category"], listed[voice_id]["category"]) == ("premade", "generated")
    assert listed[STOCK]["labels"]["gender"] == "female"


@pytest.mark.covers("GET /v2/voices")
def test_voices_are_searched_filtered_and_paged(contract, voices):
    voice_id = create(contract, labels={"use_case": "support", "accent": "scottish"})
    name = contract.last["name"]
    voices.search(search=name[-8:])
    assert [voice["voice_id"] for voice in contract.last["voices"]] == [voice_id]
    voices.search(voice_type="default", gender="male", sort="name", sort_direction="desc")
    assert [voice["name"] for voice in contract.last["voices"]] == ["Martin", "Drake"]
    voices.search(voice_type="default", page_size=2, sort="name")
    first = contract.last
    assert (len(first["voices"]), first["has_more"], first["total_count"]) == (2, True, 5)
    voices.search(voice_type="default", page_size=3, sort="name", next_page_token=first["next_page_token"])
    names = [voice["name"] for page in (first, contract.last) for voice in page["voices"]]
    assert names == ["Drake", "Lark", "Martin", "Merle", "Wren"]
    voices.search(use_cases=["support"], accent="scottish", language=["en"], voice_ids=[voice_id, STOCK])
    assert [voice["voice_id"] for voice in contract.last["voices"]] == [voice_id]


@pytest.mark.covers("GET /v1/voices/{voice_id}")
def test_a_voice_of_ones_own_is_what_it_was_made(contract, voices):
    voice_id = create(contract, description="For the front desk.", labels={"tone": "calm"}, settings={"speed": 1.1})
    voices.get(voice_id)
    read = contract.last
    assert (read["description"], read["labels"]["tone"], read["settings"]["speed"]) == (
        "For the front desk.",
        "calm",
        1.1,
    )
    assert read["is_owner"] is True


@pytest.mark.covers("POST /v1/voices/{voice_id}/edit")
def test_a_voice_of_ones_own_is_changed(contract, voices):
    voice_id = create(contract, description="Old")
    voices.update(voice_id, name="Greta", description="New", labels={"tone": "brisk"})
    voices.get(voice_id)
    assert (contract.last["name"], contract.last["description"]) == ("Greta", "New")
    assert contract.last["labels"]["tone"] == "brisk"


@pytest.mark.covers("DELETE /v1/voices/{voice_id}")
def test_a_voice_that_nobody_uses_is_removed(contract, voices):
    voice_id = create(contract)
    agent = {"conversation_config": {"tts": {"voice_id": voice_id}}, "name": "Speaker"}
    agent_id = contract.http.post("/v1/convai/agents/create", json=agent).json()["agent_id"]
    assert contract.http.delete(f"/v1/voices/{voice_id}").status_code == 409
    contract.http.delete(f"/v1/convai/agents/{agent_id}")
    voices.delete(voice_id)
    assert contract.http.get(f"/v1/voices/{voice_id}").status_code == 404


@pytest.mark.covers("GET /v1/voices/{voice_id}/settings", "POST /v1/voices/{voice_id}/settings/edit")
def test_settings_are_kept_for_every_voice(contract, voices):
    voice_id = create(contract)
    voices.settings.update(voice_id, request=VoiceSettings(speed=0.9, stability=0.3))
    voices.settings.get(voice_id)
    assert contract.last == {
        "stability": 0.3,
        "use_speaker_boost": True,
        "similarity_boost": 0.75,
        "style": 0.0,
        "speed": 0.9,
    }


@pytest.mark.covers("GET /v1/voices/settings/default")
def test_the_usual_settings_are_those_of_a_new_voice(contract, voices):
    usual = voices.settings.get_default()
    assert contract.last["similarity_boost"] == 0.75
    voices.get(create(contract))
    assert contract.last["settings"] == {
        "stability": usual.stability,
        "use_speaker_boost": usual.use_speaker_boost,
        "similarity_boost": usual.similarity_boost,
        "style": usual.style,
        "speed": usual.speed,
    }


@pytest.mark.covers("GET /v1/voices/accents")
def test_accents_are_those_that_some_voice_has(contract, voices):
    create(contract, labels={"accent": "welsh"})
    voices.accents.get()
    assert {"accent": "welsh", "language": "en", "code": "en-welsh", "name": "Welsh"} in contract.last["accents"]


def test_what_is_in_stock_is_not_changed_and_nothing_is_cloned(contract):
    assert contract.http.delete(f"/v1/voices/{STOCK}").status_code == 403
    edit = contract.http.post(f"/v1/voices/{STOCK}/edit", files={"name": (None, "Mine")})
    assert edit.json()["detail"]["status"] == "voice_in_stock"
    form = {"name": (None, "Clone"), "files": ("a.wav", b"RIFF", "audio/wav")}
    refused = contract.http.post("/v1/voices/add", files=form)
    assert refused.status_code == 501
    assert "stock voice" in refused.json()["detail"]["message"]
    assert contract.http.post(f"/v1/voices/{create(contract)}/edit", files=form).status_code == 501
