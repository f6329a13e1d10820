"""The catalogue of language models over HTTP."""

from typing import Annotated

from fastapi import Depends

from vivavoce.api.auth import ConvaiReader
from vivavoce.api.routing import Router
from vivavoce.api.sent import sent, shown
from vivavoce.api.services import provided
from vivavoce.base.json import Body
from vivavoce.features.models import schema
from vivavoce.features.models.service import LanguageModels, Load

router = Router(tags=["models"])
routers = (router,)

ModelsIn = Annotated[LanguageModels, Depends(provided(LanguageModels))]


@router.get("/v1/convai/llm/list")
async def list_language_models(caller: ConvaiReader, models: ModelsIn) -> schema.LLMListResponseModel:
    """The language models that an agent here can name, with what they can do."""
    found = await models.all(caller.workspace_id)
    return schema.LLMListResponseModel(llms=[schema.LLMInfoModel.of(model) for model in found])


@router.post("/v1/convai/llm-usage/calculate", response_model=shown(schema.LLMUsageCalculatorResponseModel))
async def calculate_language_model_usage(
    body: Annotated[Body, Depends(sent(schema.LLMUsageCalculatorRequest))], caller: ConvaiReader, models: ModelsIn
) -> Body:
    """What talking costs with each model, from the length of what it is sent."""
    load = Load(body["prompt_length"], body["number_of_pages"], body["rag_enabled"])
    estimates = await models.estimate(caller.workspace_id, load, body.get("service_tier"))
    return {"llm_prices": [each.body() for each in estimates]}
