"""What a body names must be in the caller's own workspace. A feature whose bodies take ids adds them here."""

from typing import Any

import httpx
import pytest
from tests.unit.isolation.seeds import Made, seed

pytestmark = pytest.mark.anyio


def variable(kind: str, made: Made) -> dict[str, Any]:
    return {"type": kind, "label": kind, "values": {"production": {f"{kind}_id": made[f"{kind}_id"]}}}


def deployment(made: Made) -> dict[str, Any]:
    everything = {"type": "percentage", "traffic_percentage": 100}
    requests = [{"branch_id": made["branch_id"], "deployment_strategy": everything}]
    return {"deployment_request": {"requests": requests}}


def branch(made: Made) -> dict[str, Any]:
    return {"parent_version_id": made["version_id"], "name": "other", "description": "Other"}


# A path, which may name things of the caller's own, and a body that names the things it is given.
REFERENCES = {
    "variable-secret": ("/v1/convai/environment-variables", lambda made: variable("secret", made)),
    "variable-connection": ("/v1/convai/environment-variables", lambda made: variable("auth_connection", made)),
    "login-link": ("/v1/vivavoce/login-links", lambda made: {"user_id": made["user_id"]}),
    "invite-group": (
        "/v1/workspace/invites/add",
        lambda made: {"email": f"{made['user_id']}@example.com", "group_ids": [made["group_id"]]},
    ),
    "account-group": (
        "/v1/service-accounts",
        lambda made: {
            "name": "Other",
            "default_sharing_groups": [{"group_id": made["group_id"], "permission_level": "viewer"}],
        },
    ),
    "branch-version": ("/v1/convai/agents/{agent_id}/branches", branch),
    "deployment-branch": ("/v1/convai/agents/{agent_id}/deployments", deployment),
}


@pytest.fixture(scope="module")
async def our_things(ours: httpx.AsyncClient) -> Made:
    return await seed(ours)


@pytest.fixture(scope="module")
async def their_things(theirs: httpx.AsyncClient) -> Made:
    return await seed(theirs)


async def test_settings_may_name_own_webhooks_and_no_others(
    theirs: httpx.AsyncClient, our_things: Made, their_things: Made
):
    for things, codes in ((our_things, (404, 422)), (their_things, (200,))):
        body = {"webhooks": {"post_call_webhook_id": things["webhook_id"]}}
        answer = await theirs.patch("/v1/convai/settings", json=body)
        assert answer.status_code in codes, answer.text[:500]


@pytest.mark.parametrize("name", REFERENCES)
async def test_own_things_may_be_named_and_others_not(
    name: str, theirs: httpx.AsyncClient, our_things: Made, their_things: Made
):
    path, body = REFERENCES[name]
    path = path.format(**their_things)
    answer = await theirs.post(path, json=body(our_things))
    assert answer.status_code in (404, 422), f"{answer.status_code} {answer.text[:500]}"
    answer = await theirs.post(path, json=body(their_things))
    assert answer.status_code in (200, 201), f"{answer.status_code} {answer.text[:500]}"
