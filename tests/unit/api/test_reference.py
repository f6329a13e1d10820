"""The API's description: true, complete, and served without asking anybody else."""

import hashlib
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from tests.unit.api.example import make_server, served

from vivavoce.api.openapi import build_document

pytestmark = pytest.mark.anyio

VENDORED = {
    "swagger-ui-bundle.js": "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
    "swagger-ui.css": "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
}


@pytest.fixture(scope="module")
def document():
    return build_document(make_server(), version="1")


class Links(HTMLParser):
    """Everything a page points to or runs itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.inline = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.links += [values[name] for name in ("src", "href", "action", "srcset") if name in values]
        self.inline += tag == "style" or (tag == "script" and "src" not in values)
        self.inline += sum(name.startswith("on") or name == "style" for name in values)


async def test_the_page_asks_no_other_origin_and_runs_nothing_inline(client):
    page = await client.get("/docs")
    links = Links(page.text)
    assert page.headers["content-type"].startswith("text/html")
    assert links.links
    assert links.inline == 0
    for link in links.links:
        assert not re.match(r"[a-z]+:|//", link), link
        answer = await client.get(f"/{link}")
        assert answer.status_code == 200
        assert "sourceMappingURL=http" not in answer.text
    for text in (page.text, (await client.get("/docs/start.js")).text):
        assert "://" not in text
    css = (await client.get("/docs/swagger-ui.css")).text
    assert all(url.startswith(("data:", "'data:", '"data:')) for url in re.findall(r"url\(([^)]*)", css))
    assert "@import" not in css


async def test_the_pages_policy_lets_nothing_else_in(client):
    policy = (await client.get("/docs")).headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"] == "'self'"
    assert "http" not in policy
    assert "*" not in policy


@pytest.mark.parametrize(("name", "digest"), VENDORED.items())
def test_what_others_made_is_as_they_made_it(name, digest):
    content = files("vivavoce.api.reference_page").joinpath(name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == digest


async def test_the_licences_are_served_with_it(client):
    for name in ("LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt"):
        assert (await client.get(f"/docs/{name}")).status_code == 200
    assert (await client.get("/docs/index.html")).status_code == 404


async def test_a_browser_that_has_the_file_is_not_sent_it_again(client):
    first = await client.get("/docs/swagger-ui.css")
    again = await client.get("/docs/swagger-ui.css", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_document_is_served_as_it_was_committed():
    async with served(make_server()) as client:
        answer = await client.get("/openapi.json")
    assert answer.content == files("vivavoce.api").joinpath("openapi.json").read_bytes()
    assert answer.json()["info"]["title"] == "Vivavoce"


def test_who_may_call_is_said(document):
    every = [{"ApiKey": []}, {"Bearer": []}, {"Session": []}]
    assert document["paths"]["/v1/boats"]["get"]["security"] == every
    assert document["paths"]["/v1/token"]["get"]["security"] == [*every, {}]
    assert document["paths"]["/v1/widget/{boat_id}"]["get"]["security"] == []


def test_every_operation_says_what_its_errors_look_like(document):
    for path in document["paths"].values():
        for operation in path.values():
            schema = operation["responses"]["default"]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Error"}
    assert set(document["components"]["schemas"]["ValidationError"]["properties"]) == {"loc", "msg", "type"}


def test_operations_of_the_contract_carry_its_clients_names(document):
    assert document["paths"]["/v1/boats"]["post"]["operationId"] == "create_boat"
    contract = build_document(make_server(routers=[contract_router()]), version="1")
    assert contract["paths"]["/v1/convai/agents/{id}"]["get"]["operationId"] == "agents_get"


def contract_router():
    from vivavoce.api.auth import ConvaiReader
    from vivavoce.api.routing import Router

    router = Router()

    @router.get("/v1/convai/agents/{id}")
    async def whatever(id: str, caller: ConvaiReader) -> dict[str, str]:
        return {}

    return router


def test_two_operations_of_one_name_make_no_document():
    router = contract_router()
    router.routes.append(contract_router().routes[0])
    with pytest.raises(TypeError, match="'agents_get'"):
        build_document(make_server(routers=[router]), version="1")
