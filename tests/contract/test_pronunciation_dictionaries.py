"""Pronunciation dictionaries, through the official Python SDK: kept, changed in versions, and heard."""

import uuid

import pytest

STOCK = "hibari_lark"
ALIAS = {"type": "alias", "string_to_replace": "API", "alias": "application programming interface"}
PHONEME = {"type": "phoneme", "string_to_replace": "Madrid", "phoneme": "məˈdrɪd", "alphabet": "ipa"}
FULL = {"case_sensitive": True, "word_boundaries": True}
LEXICON = """<?xml version="1.0" encoding="UTF-8"?>
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="ipa" xml:lang="en">
  <lexeme><grapheme>SQL</grapheme><grapheme>sql</grapheme><alias>sequel &amp; co</alias></lexeme>
  <lexeme><grapheme>Madrid</grapheme><phoneme>məˈdrɪd</phoneme></lexeme>
</lexicon>"""


@pytest.fixture
def dictionaries(contract):
    return contract.python.pronunciation_dictionaries


def create(contract, *rules, name=None):
    body = {"name": name or f"Words {uuid.uuid4().hex[:8]}", "rules": rules or (ALIAS,)}
    return contract.http.post("/v1/pronunciation-dictionaries/add-from-rules", json=body).json()["id"]


def rules_of(contract, dictionary_id):
    return contract.http.get(f"/v1/pronunciation-dictionaries/{dictionary_id}").json()["rules"]


@pytest.mark.covers(
    "POST /v1/pronunciation-dictionaries/add-from-rules",
    "GET /v1/pronunciation-dictionaries/{pronunciation_dictionary_id}",
)
def test_a_dictionary_is_made_from_rules(contract, dictionaries):
    made = dictionaries.create_from_rules(name="Our words", rules=[ALIAS, PHONEME], description="For the desk.")
    assert contract.last["version_rules_num"] == 2
    dictionaries.get(made.id)
    read = contract.last
    assert (read["name"], read["description"], read["latest_version_rules_num"]) == ("Our words", "For the desk.", 2)
    assert [{**FULL, **rule} for rule in read["rules"]] == [{**FULL, **ALIAS}, {**FULL, **PHONEME}]
    assert read["latest_version_id"] == made.version_id


@pytest.mark.covers("POST /v1/pronunciation-dictionaries/add-from-file")
def test_a_dictionary_is_made_from_a_lexicon(contract, dictionaries):
    made = dictionaries.create_from_file(name="From a file", file=("words.pls", LEXICON))
    assert [(rule["type"], rule["string_to_replace"]) for rule in rules_of(contract, made.id)] == [
        ("alias", "SQL"),
        ("alias", "sql"),
        ("phoneme", "Madrid"),
    ]
    bomb = '<!DOCTYPE x [<!ENTITY a "b">]><lexicon>&a;</lexicon>'
    for text in (bomb, "<lexicon", "<words/>"):
        form = {"name": (None, "No"), "file": ("x.pls", text)}
        assert contract.http.post("/v1/pronunciation-dictionaries/add-from-file", files=form).status_code == 422


@pytest.mark.covers("GET /v1/pronunciation-dictionaries/{dictionary_id}/{version_id}/download")
def test_a_version_is_a_lexicon_again(contract, dictionaries):
    made = dictionaries.create_from_file(name="There and back", file=("words.pls", LEXICON))
    text = b"".join(dictionaries.download(made.id, made.version_id)).decode()
    again = dictionaries.create_from_file(name="Again", file=("words.pls", text))
    assert rules_of(contract, again.id) == rules_of(contract, made.id)
    assert contract.http.get(f"/v1/pronunciation-dictionaries/{again.id}/{made.version_id}/download").status_code == 404


@pytest.mark.covers("GET /v1/pronunciation-dictionaries")
def test_dictionaries_are_listed_page_by_page(contract, dictionaries):
    made = {create(contract, name=f"Page {number}") for number in range(3)}
    found, cursor = set(), None
    while True:
        dictionaries.list(page_size=2, cursor=cursor, sort="name", sort_direction="ascending")
        found |= {each["id"] for each in contract.last["pronunciation_dictionaries"]}
        assert len(contract.last["pronunciation_dictionaries"]) <= 2
        cursor = contract.last["next_cursor"]
        if not contract.last["has_more"]:
            break
    assert made <= found


@pytest.mark.covers("PATCH /v1/pronunciation-dictionaries/{pronunciation_dictionary_id}")
def test_a_dictionary_is_renamed_and_put_away(contract, dictionaries):
    dictionary_id = create(contract)
    dictionaries.update(dictionary_id, name="Other words", archived=True)
    assert contract.last["archived_time_unix"] > 0
    dictionaries.list(include_archived=False, page_size=100)
    assert dictionary_id not in {each["id"] for each in contract.last["pronunciation_dictionaries"]}
    read = contract.http.get(f"/v1/pronunciation-dictionaries/{dictionary_id}").json()
    assert read["name"] == "Other words"


@pytest.mark.covers("POST /v1/pronunciation-dictionaries/{pronunciation_dictionary_id}/add-rules")
def test_rules_are_added_in_a_version_of_their_own(contract, dictionaries):
    dictionary_id = create(contract)
    before = contract.http.get(f"/v1/pronunciation-dictionaries/{dictionary_id}").json()["latest_version_id"]
    newer = {**ALIAS, "alias": "interface"}
    dictionaries.rules.add(dictionary_id, rules=[newer, PHONEME])
    assert contract.last["version_rules_num"] == 2
    assert contract.last["version_id"] != before
    assert [rule.get("alias") for rule in rules_of(contract, dictionary_id)] == ["interface", None]
    old = contract.http.get(f"/v1/pronunciation-dictionaries/{dictionary_id}/{before}/download")
    assert "application programming interface" in old.text


@pytest.mark.covers("POST /v1/pronunciation-dictionaries/{pronunciation_dictionary_id}/remove-rules")
def test_rules_are_taken_out_by_their_text(contract, dictionaries):
    dictionary_id = create(contract, ALIAS, PHONEME)
    dictionaries.rules.remove(dictionary_id, rule_strings=["API", "unknown"])
    assert [rule["string_to_replace"] for rule in rules_of(contract, dictionary_id)] == ["Madrid"]


@pytest.mark.covers("POST /v1/pronunciation-dictionaries/{pronunciation_dictionary_id}/set-rules")
def test_rules_are_set_all_at_once(contract, dictionaries):
    dictionary_id = create(contract, ALIAS)
    dictionaries.rules.set(dictionary_id, rules=[PHONEME])
    assert [rule["string_to_replace"] for rule in rules_of(contract, dictionary_id)] == ["Madrid"]


def test_a_text_is_pronounced_by_its_dictionaries(contract):
    def spoken(*dictionary_ids):
        locators = [{"pronunciation_dictionary_id": each} for each in dictionary_ids]
        body = {"text": "Our API.", "pronunciation_dictionary_locators": locators}
        path = f"/v1/text-to-speech/{STOCK}/with-timestamps?output_format=pcm_8000"
        return contract.http.post(path, json=body)

    plain, long = spoken(), spoken(create(contract))
    assert len(long.json()["audio_base64"]) > 1.5 * len(plain.json()["audio_base64"])
    assert "".join(long.json()["alignment"]["characters"]) == "Our API."
    assert "x-vivavoce-warning" not in spoken(create(contract, PHONEME)).headers
    unread = create(contract, {**PHONEME, "alphabet": "x-sampa"})
    assert "The sound of 'Madrid' is left out" in spoken(unread).headers["x-vivavoce-warning"]
    assert spoken("pdict_unknown").status_code == 404
