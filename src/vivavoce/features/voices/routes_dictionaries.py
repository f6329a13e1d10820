"""Pronunciation dictionaries over HTTP."""

from typing import Annotated

from fastapi import Depends, File, Form, Query, UploadFile
from starlette.responses import Response

from vivavoce.api.auth import VoicesReader, VoicesWriter
from vivavoce.api.pages import Cursor, page_body
from vivavoce.api.routing import Router
from vivavoce.api.sent import check, sent, shown
from vivavoce.api.services import provided
from vivavoce.base.json import Body
from vivavoce.features.voices import schema_dictionaries as schema
from vivavoce.features.voices.dictionaries import Dictionaries, added, removed
from vivavoce.features.voices.lexicon_files import LARGEST_BYTES, read_lexicon, written_lexicon
from vivavoce.features.workspace.service import Acting
from vivavoce.ports.documents import Query as Wanted

router = Router(tags=["Pronunciation dictionaries"])

ALL = "/v1/pronunciation-dictionaries"
ONE = f"{ALL}/{{pronunciation_dictionary_id}}"
_FORM_BYTES = 64 * 1024
_LARGEST_RULES_BYTES = 4 * 1024 * 1024

DictionariesIn = Annotated[Dictionaries, Depends(provided(Dictionaries))]
RulesIn = Annotated[Body, Depends(sent(schema.RulesChange))]


@router.get(ALL, response_model=shown(schema.GetPronunciationDictionariesMetadataResponseModel))
async def list_dictionaries(
    caller: VoicesReader,
    dictionaries: DictionariesIn,
    cursor: Cursor = None,
    page_size: Annotated[int, Query(ge=1, le=100)] = 30,
    sort: Annotated[str | None, Query(pattern="^(creation_time_unix|name)$")] = None,
    sort_direction: Annotated[str | None, Query(pattern="^(?i:ascending|descending|asc|desc)$")] = None,
    include_archived: bool = True,
) -> Body:
    """All dictionaries, a page at a time."""
    query = Wanted(
        page_size=page_size,
        cursor=cursor or None,
        sort_by="name" if sort == "name" else "created_at",
        descending=(sort_direction or "descending").lower().startswith("desc"),
        facets={} if include_archived else {"archived": ["false"]},
    )
    page = await dictionaries.page(caller.workspace_id, query)
    return page_body("pronunciation_dictionaries", page.map(schema.metadata_body))


@router.post(
    f"{ALL}/add-from-rules",
    response_model=shown(schema.AddPronunciationDictionaryResponseModel),
    max_body_size=_LARGEST_RULES_BYTES,
)
async def create_from_rules(
    body: Annotated[Body, Depends(sent(schema.NewDictionary))],
    caller: VoicesWriter,
    actor: Acting,
    dictionaries: DictionariesIn,
) -> Body:
    """Make a dictionary from rules."""
    document = await dictionaries.create(actor, body["name"], body.get("description"), body["rules"])
    return schema.made_body(document)


@router.post(
    f"{ALL}/add-from-file",
    response_model=shown(schema.AddPronunciationDictionaryResponseModel),
    max_body_size=LARGEST_BYTES + _FORM_BYTES,
)
async def create_from_file(
    caller: VoicesWriter,
    actor: Acting,
    dictionaries: DictionariesIn,
    name: Annotated[str, Form(max_length=1_000)],
    file: Annotated[UploadFile | None, File(description="A lexicon in the W3C's format (PLS).")] = None,
    description: Annotated[str | None, Form(max_length=10_000)] = None,
    workspace_access: Annotated[str | None, Form(max_length=50)] = None,
) -> Body:
    """Make a dictionary from a lexicon file; without a file it has no rules yet."""
    rules = [] if file is None else read_lexicon(await file.read())
    check(schema.NewDictionary, {"name": name, "description": description, "rules": rules})
    return schema.made_body(await dictionaries.create(actor, name, description, rules))


@router.get(ONE, response_model=shown(schema.GetPronunciationDictionaryWithRulesResponseModel))
async def get_dictionary(pronunciation_dictionary_id: str, caller: VoicesReader, dictionaries: DictionariesIn) -> Body:
    """A dictionary with its newest rules."""
    document = await dictionaries.get(caller.workspace_id, pronunciation_dictionary_id)
    rules = await dictionaries.rules(caller.workspace_id, pronunciation_dictionary_id)
    return {**schema.metadata_body(document), "rules": rules}


@router.patch(ONE, response_model=shown(schema.GetPronunciationDictionaryMetadataResponseModel))
async def update_dictionary(
    pronunciation_dictionary_id: str,
    body: Annotated[Body, Depends(sent(schema.DictionaryChange))],
    caller: VoicesWriter,
    actor: Acting,
    dictionaries: DictionariesIn,
) -> Body:
    """Change a dictionary's name, or put it away."""
    change = {name: value for name, value in body.items() if name in ("name", "archived")}
    return schema.metadata_body(await dictionaries.change(actor, pronunciation_dictionary_id, change))


@router.post(
    f"{ONE}/add-rules",
    response_model=shown(schema.PronunciationDictionaryRulesResponseModel),
    max_body_size=_LARGEST_RULES_BYTES,
)
async def add_rules(
    pronunciation_dictionary_id: str,
    body: RulesIn,
    caller: VoicesWriter,
    actor: Acting,
    dictionaries: DictionariesIn,
) -> Body:
    """Add rules; one for the same text takes the place of the older one."""
    revision = added(body["rules"])
    return schema.version_body(await dictionaries.revise(actor, pronunciation_dictionary_id, revision))


@router.post(f"{ONE}/remove-rules", response_model=shown(schema.PronunciationDictionaryRulesResponseModel))
async def remove_rules(
    pronunciation_dictionary_id: str,
    body: Annotated[Body, Depends(sent(schema.RulesRemoval))],
    caller: VoicesWriter,
    actor: Acting,
    dictionaries: DictionariesIn,
) -> Body:
    """Take rules out, by the text that they are for."""
    revision = removed(body["rule_strings"])
    return schema.version_body(await dictionaries.revise(actor, pronunciation_dictionary_id, revision))


@router.post(
    f"{ONE}/set-rules",
    response_model=shown(schema.PronunciationDictionaryRulesResponseModel),
    max_body_size=_LARGEST_RULES_BYTES,
)
async def set_rules(
    pronunciation_dictionary_id: str,
    body: RulesIn,
    caller: VoicesWriter,
    actor: Acting,
    dictionaries: DictionariesIn,
) -> Body:
    """Have these rules and no others."""
    return schema.version_body(
        await dictionaries.revise(actor, pronunciation_dictionary_id, lambda _: added(body["rules"])([]))
    )


@router.get(f"{ONE}/{{pronunciation_version_id}}/download", response_class=Response)
async def download(
    pronunciation_dictionary_id: str,
    pronunciation_version_id: str,
    caller: VoicesReader,
    dictionaries: DictionariesIn,
) -> Response:
    """The rules of a version, as a lexicon file (PLS)."""
    rules = await dictionaries.rules(caller.workspace_id, pronunciation_dictionary_id, pronunciation_version_id)
    headers = {"content-disposition": f'attachment; filename="{pronunciation_dictionary_id}.pls"'}
    return Response(written_lexicon(rules), media_type="text/plain; charset=utf-8", headers=headers)
