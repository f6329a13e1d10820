"""Voices over HTTP: listed, searched, looked at, made from one in stock, changed, removed."""

from typing import Annotated

import orjson
from fastapi import Depends, File, Form, Query, Request, UploadFile
from starlette.responses import Response

from vivavoce.api.auth import ModelsReader, VoicesReader, VoicesWriter
from vivavoce.api.edge import our_origin
from vivavoce.api.replies import json_reply
from vivavoce.api.routing import Router
from vivavoce.api.sent import check, sent, shown
from vivavoce.api.services import provided
from vivavoce.base.errors import Invalid, NotBuilt
from vivavoce.base.json import Body, Json, is_object
from vivavoce.features.voices import schema
from vivavoce.features.voices.catalogue import Catalogue
from vivavoce.features.voices.models import listed_models
from vivavoce.features.voices.own import DEFAULT_SETTINGS
from vivavoce.features.voices.searching import Search, found
from vivavoce.features.workspace.service import Acting

router = Router(tags=["Voices"])

VOICE = "/v1/voices/{voice_id}"
_FORM_BYTES = 64 * 1024
_OK = {"status": "ok"}

CatalogueIn = Annotated[Catalogue, Depends(provided(Catalogue))]
Word = Annotated[str | None, Query(max_length=100)]
Words = Annotated[list[str] | None, Query(max_length=100)]


@router.get("/v1/models")
async def list_models(caller: ModelsReader, catalogue: CatalogueIn) -> Response:
    """The names of speech models that can be used here."""
    stock = (await catalogue.stock()).values()
    languages = {language for each in stock for language in each.stock.languages}
    providers = list(dict.fromkeys(each.provider for each in stock))
    return json_reply(listed_models(languages, providers))


@router.get("/v1/voices", response_model=shown(schema.GetVoicesResponseModel))
async def list_voices(
    request: Request, caller: VoicesReader, catalogue: CatalogueIn, show_legacy: bool = False
) -> Response:
    """Every voice."""
    origin = our_origin(request)
    voices = await catalogue.all(caller.workspace_id)
    return json_reply({"voices": [schema.voice_body(each, origin) for each in voices]})


@router.get("/v2/voices", response_model=shown(schema.GetVoicesV2ResponseModel))
async def search_voices(
    request: Request,
    caller: VoicesReader,
    catalogue: CatalogueIn,
    next_page_token: Annotated[str | None, Query(max_length=2000)] = None,
    page_size: Annotated[int, Query(ge=1, le=100)] = 10,
    search: Word = None,
    sort: Annotated[str | None, Query(pattern="^(created_at_unix|name)$")] = None,
    sort_direction: Annotated[str | None, Query(pattern="^(asc|desc)$")] = None,
    voice_type: Annotated[
        str | None,
        Query(pattern="^(personal|community|default|workspace|non-default|non-community|saved)$"),
    ] = None,
    category: Word = None,
    fine_tuning_state: Word = None,
    collection_id: Word = None,
    gender: Word = None,
    age: Word = None,
    language: Words = None,
    accent: Word = None,
    use_cases: Words = None,
    high_quality: bool | None = None,
    include_total_count: bool = True,
    voice_ids: Words = None,
) -> Response:
    """Voices that are searched, filtered and sorted, a page at a time."""
    wanted = Search(
        page_size=page_size,
        cursor=next_page_token or None,
        text=search or "",
        sort=sort,
        descending=sort_direction == "desc" if sort_direction else sort == "created_at_unix",
        voice_type=voice_type or "",
        category=category or "",
        fine_tuning_state=fine_tuning_state or "",
        collection_id=collection_id or "",
        gender=gender or "",
        age=age or "",
        accent=accent or "",
        languages=language or (),
        use_cases=use_cases or (),
        voice_ids=voice_ids or (),
        high_quality=high_quality is True,
    )
    page, count = found(await catalogue.all(caller.workspace_id), wanted)
    origin = our_origin(request)
    return json_reply(
        {
            "voices": [schema.voice_body(each, origin) for each in page.items],
            "has_more": page.has_more,
            "total_count": count,
            "next_page_token": page.next_cursor,
        }
    )


@router.get("/v1/voices/settings/default", response_model=shown(schema.VoiceSettingsResponseModel))
async def get_default_voice_settings(caller: VoicesReader) -> Body:
    """The settings of a voice for which nobody set any."""
    return dict(DEFAULT_SETTINGS)


@router.get("/v1/voices/accents", response_model=shown(schema.GetVoiceAccentsResponseModel))
async def list_accents(caller: VoicesReader, catalogue: CatalogueIn) -> Body:
    """The accents that voices here have."""
    return schema.accents_body(await catalogue.all(caller.workspace_id))


@router.post("/v1/vivavoce/voices", response_model=shown(schema.VoiceResponseModel))
async def create_voice(
    body: Annotated[Body, Depends(sent(schema.NewVoice))],
    request: Request,
    caller: VoicesWriter,
    actor: Acting,
    catalogue: CatalogueIn,
) -> Body:
    """Make a voice of your own from one in stock. Ours."""
    return schema.voice_body(await catalogue.create(actor, body), our_origin(request))


@router.get(VOICE, response_model=shown(schema.VoiceResponseModel))
async def get_voice(
    voice_id: str, request: Request, caller: VoicesReader, catalogue: CatalogueIn, with_settings: bool = True
) -> Body:
    """A voice."""
    return schema.voice_body(await catalogue.get(caller.workspace_id, voice_id), our_origin(request))


@router.delete(VOICE, response_model=shown(schema.StatusResponse))
async def delete_voice(voice_id: str, caller: VoicesWriter, actor: Acting, catalogue: CatalogueIn) -> Body:
    """Remove a voice of your own."""
    await catalogue.delete(actor, voice_id)
    return _OK


@router.post(f"{VOICE}/edit", response_model=shown(schema.StatusResponse), max_body_size=8 * 1024 * 1024)
async def edit_voice(
    voice_id: str,
    caller: VoicesWriter,
    actor: Acting,
    catalogue: CatalogueIn,
    name: Annotated[str, Form(max_length=1_000)],
    files: Annotated[list[UploadFile] | None, File()] = None,
    description: Annotated[str | None, Form(max_length=10_000)] = None,
    labels: Annotated[str | None, Form(max_length=20_000)] = None,
    remove_background_noise: Annotated[bool, Form()] = False,
    moderate_metadata: Annotated[bool, Form()] = False,
) -> Body:
    """Change the name, description and labels of a voice of your own."""
    change: Body = {"name": name}
    if description is not None:
        change["description"] = description
    if (said := _labels(labels)) is not None:
        change["labels"] = said
    check(schema.VoiceChange, change)
    if files:
        await catalogue.get(caller.workspace_id, voice_id)
        raise NotBuilt(
            "No provider of voices here can learn a voice from recordings. Leave out the files.", status="cannot_clone"
        )
    await catalogue.change(actor, voice_id, change)
    return _OK


def _labels(text: str | None) -> Body | None:
    """Labels come as JSON inside of the form; clients that have none send null or an empty text."""
    if not text:
        return None
    try:
        labels: Json = orjson.loads(text)
    except orjson.JSONDecodeError:
        labels = text
    if labels is None:
        return None
    if not is_object(labels):
        raise Invalid(("body", "labels"), "Labels are a JSON object of texts.", type="dict_type")
    return labels


@router.get(f"{VOICE}/settings", response_model=shown(schema.VoiceSettingsResponseModel))
async def get_voice_settings(voice_id: str, caller: VoicesReader, catalogue: CatalogueIn) -> Body:
    """How a voice speaks in this workspace."""
    return (await catalogue.get(caller.workspace_id, voice_id)).effective_settings()


@router.post(f"{VOICE}/settings/edit", response_model=shown(schema.StatusResponse))
async def edit_voice_settings(
    voice_id: str,
    body: Annotated[Body, Depends(sent(schema.VoiceSettings))],
    caller: VoicesWriter,
    actor: Acting,
    catalogue: CatalogueIn,
) -> Body:
    """Set how a voice speaks in this workspace."""
    await catalogue.set(actor, voice_id, {name: value for name, value in body.items() if name in DEFAULT_SETTINGS})
    return _OK
