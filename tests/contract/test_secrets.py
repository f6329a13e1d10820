"""Secrets, environment variables, environments and auth connections, through the official Python SDK."""

import uuid

import pytest
from tests.contract.making import new_agent, patch

SECRET = "swordfish-7f3a"


@pytest.fixture
def secrets(contract):
    return contract.python.conversational_ai.secrets


@pytest.fixture
def variables(contract):
    return contract.python.environment_variables


@pytest.fixture
def environments(contract):
    return contract.python.environments


@pytest.fixture
def connections(contract):
    return contract.python.workspace.auth_connections


@pytest.fixture
def word():
    """A name that nothing else has."""
    return f"n{uuid.uuid4().hex[:12]}"


def use_secret(contract, secret_id):
    """An agent that uses a secret."""
    agent_id = new_agent(contract, "Keeper")
    custom_llm = {"url": "https://llm.example.org/v1", "api_key": {"secret_id": secret_id}}
    patch(contract, agent_id, {"conversation_config": {"agent": {"prompt": {"custom_llm": custom_llm}}}})
    return agent_id


def listed_secrets(contract, **query):
    contract.python.conversational_ai.secrets.list(**query)
    return {secret["secret_id"]: secret for secret in contract.last["secrets"]}


@pytest.mark.covers("POST /v1/convai/secrets", "GET /v1/convai/secrets")
def test_a_secret_is_kept_and_never_shown(contract, secrets, word):
    secrets.create(name=word, value=SECRET)
    secret_id = contract.last["secret_id"]
    assert listed_secrets(contract, search=word)[secret_id]["name"] == word
    assert not [answer for answer in contract.answers if SECRET in answer.response.text]


def test_secrets_are_paged(contract, secrets, word):
    for number in range(3):
        secrets.create(name=f"{word}_{number}", value="x")
    first = secrets.list(search=word, page_size=2)
    second = secrets.list(search=word, page_size=2, cursor=first.next_cursor)
    assert len({secret.secret_id for secret in [*first.secrets, *second.secrets]}) == 3


def test_a_name_is_taken_once(contract, secrets, word):
    secrets.create(name=word, value="x")
    answer = contract.http.post("/v1/convai/secrets", json={"type": "new", "name": word, "value": "y"})
    assert answer.status_code in (409, 422)
    assert word in answer.text or "name" in answer.text


@pytest.mark.covers("GET /v1/convai/secrets/{secret_id}")
def test_a_secret_says_who_uses_it(contract, secrets, word):
    secret_id = secrets.create(name=word, value=SECRET).secret_id
    agent_id = use_secret(contract, secret_id)
    secrets.get(secret_id)
    assert contract.last["name"] == word
    assert agent_id in str(contract.last["used_by"])


@pytest.mark.covers("PATCH /v1/convai/secrets/{secret_id}")
def test_a_secret_is_renamed(contract, secrets, word):
    secret_id = secrets.create(name=word, value=SECRET).secret_id
    secrets.update(secret_id, name=f"{word}_new", value="other")
    assert listed_secrets(contract, search=word)[secret_id]["name"] == f"{word}_new"


@pytest.mark.covers("DELETE /v1/convai/secrets/{secret_id}")
def test_a_secret_is_deleted(contract, secrets, word):
    secret_id = secrets.create(name=word, value=SECRET).secret_id
    secrets.delete(secret_id)
    assert listed_secrets(contract, search=word) == {}


def test_a_secret_in_use_is_not_deleted(contract, secrets, word):
    secret_id = secrets.create(name=word, value=SECRET).secret_id
    use_secret(contract, secret_id)
    assert contract.http.delete(f"/v1/convai/secrets/{secret_id}").status_code == 409
    assert secret_id in listed_secrets(contract, search=word)


@pytest.mark.covers("GET /v1/convai/secrets/{secret_id}/dependencies/{resource_type}")
def test_the_users_of_a_secret_are_listed_by_kind(contract, secrets, word):
    secret_id = secrets.create(name=word, value=SECRET).secret_id
    agent_id = use_secret(contract, secret_id)
    secrets.get_dependencies(secret_id, "agents")
    assert agent_id in str(contract.last)
    secrets.get_dependencies(secret_id, "tools")
    assert agent_id not in str(contract.last)


@pytest.mark.covers("POST /v1/convai/environments", "GET /v1/convai/environments")
def test_an_environment_is_made_and_listed(contract, environments, word):
    environments.create(name=word)
    environments.list()
    assert word in {each["name"] for each in contract.last["environments"]}


@pytest.mark.covers("DELETE /v1/convai/environments/{environment}")
def test_an_environment_is_deleted(contract, environments, word):
    environments.create(name=word)
    environments.delete(word)
    environments.list()
    assert word not in {each["name"] for each in contract.last["environments"]}


@pytest.mark.covers("POST /v1/convai/environment-variables", "GET /v1/convai/environment-variables/{env_var_id}")
def test_a_variable_has_a_value_for_each_environment(contract, variables, environments, word):
    environments.create(name=word)
    values = {"production": "https://example.org", word: "https://test.example.org"}
    made = variables.create(request={"type": "string", "label": word, "values": values})
    variables.get(made.id)
    assert (contract.last["label"], contract.last["type"]) == (word, "string")
    assert contract.last["values"] == values


def test_a_variable_may_name_a_secret(contract, variables, secrets, word):
    secret_id = secrets.create(name=word, value=SECRET).secret_id
    values = {"production": {"secret_id": secret_id}}
    made = variables.create(request={"type": "secret", "label": word, "values": values})
    variables.get(made.id)
    assert contract.last["values"] == values


@pytest.mark.covers("GET /v1/convai/environment-variables")
def test_variables_are_found_by_label_and_type(contract, variables, word):
    made = variables.create(request={"type": "string", "label": word, "values": {"production": "a"}})
    variables.list(label=word, type="string", page_size=5)
    assert [each["id"] for each in contract.last["environment_variables"]] == [made.id]
    variables.list(label=word, type="secret")
    assert contract.last["environment_variables"] == []


@pytest.mark.covers("PATCH /v1/convai/environment-variables/{env_var_id}")
def test_a_value_is_changed_and_removed(contract, variables, environments, word):
    environments.create(name=word)
    made = variables.create(request={"type": "string", "label": word, "values": {"production": "a", word: "b"}})
    variables.update(made.id, values={"production": "c", word: None})
    variables.get(made.id)
    assert contract.last["values"] == {"production": "c"}


@pytest.mark.covers("DELETE /v1/convai/environment-variables/{env_var_id}")
def test_a_variable_is_deleted(contract, variables, word):
    made = variables.create(request={"type": "string", "label": word, "values": {"production": "a"}})
    variables.delete(made.id)
    variables.list(label=word)
    assert contract.last["environment_variables"] == []


CONNECTIONS = [
    {"auth_type": "bearer_auth", "token": SECRET},
    {"auth_type": "basic_auth", "username": "ada", "password": SECRET},
    {"auth_type": "custom_header_auth", "header_name": "X-Key", "token": SECRET},
    {
        "auth_type": "oauth2_client_credentials",
        "client_id": "me",
        "client_secret": SECRET,
        "token_url": "https://auth.example.org/token",
        "scopes": ["read", "write"],
    },
]


@pytest.mark.covers("POST /v1/workspace/auth-connections", "GET /v1/workspace/auth-connections")
def test_connections_of_every_kind_are_kept_without_showing_their_secrets(contract, connections, word):
    for connection in CONNECTIONS:
        connections.create(request={"name": f"{word} {connection['auth_type']}", "provider": "example", **connection})
    connections.list()
    ours = [each for each in contract.last["auth_connections"] if each["name"].startswith(word)]
    shown = {each["auth_type"]: each for each in ours}
    assert set(shown) == {connection["auth_type"] for connection in CONNECTIONS}
    assert shown["basic_auth"]["username"] == "ada"
    assert shown["oauth2_client_credentials"]["scopes"] == ["read", "write"]
    assert not [answer for answer in contract.answers if SECRET in answer.response.text]


@pytest.mark.covers("PATCH /v1/workspace/auth-connections/{auth_connection_id}")
def test_a_connection_is_changed(contract, connections, word):
    made = connections.create(request={"name": word, "provider": "example", **CONNECTIONS[1]})
    connections.update(made.id, request={"auth_type": "basic_auth", "username": "eve", "provider": "other"})
    connections.list()
    read = next(each for each in contract.last["auth_connections"] if each["id"] == made.id)
    assert (read["username"], read["provider"]) == ("eve", "other")


@pytest.mark.covers("DELETE /v1/workspace/auth-connections/{auth_connection_id}")
def test_a_connection_is_deleted(contract, connections, word):
    made = connections.create(request={"name": word, "provider": "example", **CONNECTIONS[0]})
    connections.delete(made.id)
    connections.list()
    assert made.id not in {each["id"] for each in contract.last["auth_connections"]}
