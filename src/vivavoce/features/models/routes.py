"""The catalogue of language models, and the local models of this machine, over HTTP."""

from dataclasses import asdict
from typing import Annotated

from fastapi import Depends

from vivavoce.api.auth import ConvaiReader, WorkspaceAdmin, needs
from vivavoce.api.routing import Router
from vivavoce.api.sent import parsed, sent, shown
from vivavoce.api.services import provided
from vivavoce.base.json import Body
from vivavoce.features.models import schema
from vivavoce.features.models.kinds import checked, kinds, lines
from vivavoce.features.models.local import LocalModels, require_operator
from vivavoce.features.models.providers import Providers
from vivavoce.features.models.service import LanguageModels, Load
from vivavoce.features.models.trying import Trials
from vivavoce.features.workspace.service import Identities
from vivavoce.ports.identity import Caller

router = Router(tags=["models"])
routers = (router,)

ProvidersIn = Annotated[Providers, Depends(provided(Providers))]
TrialsIn = Annotated[Trials, Depends(provided(Trials))]
InstallationAdmin = Annotated[Caller, Depends(needs("workspace", role="admin"))]
ModelsIn = Annotated[LanguageModels, Depends(provided(LanguageModels))]
LocalModelsIn = Annotated[LocalModels, Depends(provided(LocalModels))]
IdentitiesIn = Annotated[Identities, Depends(provided(Identities))]


@router.get("/v1/convai/llm/list")
async def list_language_models(caller: ConvaiReader, models: ModelsIn) -> schema.LLMListResponseModel:
    """The language models that an agent here can name, with what they can do."""
    found = await models.all(caller.workspace_id)
    return schema.LLMListResponseModel(llms=[schema.LLMInfoModel.of(model) for model in found])


@router.get("/v1/vivavoce/providers")
async def list_providers(
    caller: InstallationAdmin, identities: IdentitiesIn, providers: ProvidersIn
) -> schema.ProvidersModel:
    """How the providers of minds are doing, as the process that answers sees them."""
    await require_operator(caller, identities)
    return schema.ProvidersModel(
        providers=[schema.ProviderStateModel.of(state) for state in providers.states()],
        stand_ins=[schema.StandInModel(llm=llm, answered_by=by) for llm, by in providers.stand_ins()],
        parts=[schema.PartModel(**asdict(part)) for part in providers.parts()],
        seats=[schema.SeatModel.of(state) for state in providers.seats()],
        chain=schema.ChainModel(**asdict(providers.chain())),
    )


@router.get("/v1/vivavoce/providers/kinds")
async def list_provider_kinds(caller: InstallationAdmin, identities: IdentitiesIn) -> schema.KindsModel:
    """Every provider that could be configured, with its options as a form shows them."""
    await require_operator(caller, identities)
    return schema.KindsModel(kinds=[schema.KindModel.of(kind) for kind in kinds()])


@router.post("/v1/vivavoce/providers/lines")
async def write_provider_lines(
    body: Annotated[schema.WriteProviderRequest, Depends(parsed(schema.WriteProviderRequest))],
    caller: WorkspaceAdmin,
    identities: IdentitiesIn,
) -> schema.ProviderLinesModel:
    """Check a provider's options as the server would at its start, and write them as lines for the settings file."""
    await require_operator(caller, identities)
    return schema.ProviderLinesModel(toml=lines(body.role, body.name, body.options), file="vivavoce.toml")


@router.post("/v1/vivavoce/providers/try")
async def try_provider(
    body: Annotated[schema.TryProviderRequest, Depends(parsed(schema.TryProviderRequest))],
    caller: WorkspaceAdmin,
    identities: IdentitiesIn,
    trials: TrialsIn,
) -> schema.TrialModel:
    """Make one short real request to a provider, and say what came of it. With `options` it is one that stands nowhere
    yet, and whose address may only lead where addresses of users may."""
    await require_operator(caller, identities)
    if body.options is None:
        return schema.TrialModel.of(await trials.configured(body.role, body.name))
    checked(body.role, body.name, body.options)
    return schema.TrialModel.of(await trials.typed(body.role, body.name, body.options))


@router.post("/v1/convai/llm-usage/calculate", response_model=shown(schema.LLMUsageCalculatorResponseModel))
async def calculate_language_model_usage(
    body: Annotated[Body, Depends(sent(schema.LLMUsageCalculatorRequest))], caller: ConvaiReader, models: ModelsIn
) -> Body:
    """What talking costs with each model, from the length of what it is sent."""
    load = Load(body["prompt_length"], body["number_of_pages"], body["rag_enabled"])
    estimates = await models.estimate(caller.workspace_id, load, body.get("service_tier"))
    return {"llm_prices": [each.body() for each in estimates]}


# Our own: the models that run on this machine


@router.get("/v1/vivavoce/models")
async def list_local_models(
    caller: WorkspaceAdmin, identities: IdentitiesIn, models: LocalModelsIn
) -> schema.LocalModelsResponse:
    """The local models that this version can use, which of them are here, and how far a fetching is."""
    await require_operator(caller, identities)
    return schema.LocalModelsResponse.of(models)


@router.post("/v1/vivavoce/models/pull")
async def pull_local_models(
    body: Annotated[schema.PullModelsRequest, Depends(parsed(schema.PullModelsRequest))],
    caller: WorkspaceAdmin,
    identities: IdentitiesIn,
    models: LocalModelsIn,
) -> schema.LocalModelsResponse:
    """Have local models fetched in the background; the list of models tells how far that is."""
    await require_operator(caller, identities)
    models.fetch(models.chosen(body.model_ids, body.profile))
    return schema.LocalModelsResponse.of(models)


@router.post("/v1/vivavoce/models/cancel")
async def cancel_pull_of_local_models(
    caller: WorkspaceAdmin, identities: IdentitiesIn, models: LocalModelsIn
) -> schema.LocalModelsResponse:
    """Break off the fetching of local models. What is there of them stays; the next fetching goes on from it."""
    await require_operator(caller, identities)
    models.cancel()
    return schema.LocalModelsResponse.of(models)


@router.delete("/v1/vivavoce/models")
async def remove_local_model(
    model_id: str, caller: WorkspaceAdmin, identities: IdentitiesIn, models: LocalModelsIn
) -> schema.LocalModelsResponse:
    """Take a local model off this machine. Calls that run go on with it; new ones do without."""
    await require_operator(caller, identities)
    await models.remove(model_id)
    return schema.LocalModelsResponse.of(models)
