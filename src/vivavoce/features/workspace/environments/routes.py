"""Environment variables and environments over HTTP."""

from typing import Annotated

from fastapi import Depends

from vivavoce.api.auth import ConvaiReader, ConvaiWriter
from vivavoce.api.pages import Paging, page_body, paging
from vivavoce.api.routing import Router
from vivavoce.api.sent import sent, shown
from vivavoce.api.services import provided
from vivavoce.base.json import Body
from vivavoce.features.workspace.audit.acting import Acting
from vivavoce.features.workspace.environments import schema
from vivavoce.features.workspace.environments.service import EnvironmentVariables
from vivavoce.ports.documents import Query

router = Router(tags=["environments"])

VariablesIn = Annotated[EnvironmentVariables, Depends(provided(EnvironmentVariables))]
_BODY_BYTES = 8 * 1024 * 1024  # a hundred environments with the longest values


@router.get("/v1/convai/environment-variables", response_model=shown(schema.EnvironmentVariablesListResponse))
async def list_environment_variables(
    caller: ConvaiReader,
    wanted: Annotated[Paging, Depends(paging(default=100))],
    variables: VariablesIn,
    label: str | None = None,
    environment: str | None = None,
    type: schema.VariableType | None = None,
) -> Body:
    """Variables; with an `environment` only those that have a value for it, and only that value."""
    filters = {"label": label, "environment": environment, "type": type}
    query = Query(
        page_size=wanted.page_size,
        cursor=wanted.cursor,
        facets={facet: [word] for facet, word in filters.items() if word is not None},
    )
    page = await variables.page(caller.workspace_id, query)
    return page_body("environment_variables", page.map(lambda document: schema.variable(document, environment)))


@router.post(
    "/v1/convai/environment-variables",
    max_body_size=_BODY_BYTES,
    response_model=shown(schema.EnvironmentVariableResponse),
)
async def create_environment_variable(
    body: Annotated[Body, Depends(sent(schema.CREATE))],
    _: ConvaiWriter,
    actor: Acting,
    variables: VariablesIn,
) -> Body:
    """A new variable."""
    return schema.variable(await variables.create(actor, body["label"], body["type"], body["values"]))


@router.get("/v1/convai/environment-variables/{env_var_id}", response_model=shown(schema.EnvironmentVariableResponse))
async def get_environment_variable(env_var_id: str, caller: ConvaiReader, variables: VariablesIn) -> Body:
    """A variable."""
    return schema.variable(await variables.get(caller.workspace_id, env_var_id))


@router.patch(
    "/v1/convai/environment-variables/{env_var_id}",
    max_body_size=_BODY_BYTES,
    response_model=shown(schema.EnvironmentVariableResponse),
)
async def update_environment_variable(
    env_var_id: str,
    body: Annotated[Body, Depends(sent(schema.UpdateEnvironmentVariableRequest))],
    _: ConvaiWriter,
    actor: Acting,
    variables: VariablesIn,
) -> Body:
    """Set values for environments; null takes an environment's value away."""
    return schema.variable(await variables.update(actor, env_var_id, body["values"]))


@router.delete("/v1/convai/environment-variables/{env_var_id}", status_code=204)
async def delete_environment_variable(env_var_id: str, _: ConvaiWriter, actor: Acting, variables: VariablesIn) -> None:
    """Remove a variable with its values in all environments."""
    await variables.delete(actor, env_var_id)


@router.get("/v1/convai/environments", response_model=shown(schema.EnvironmentsListResponse))
async def list_environments(caller: ConvaiReader, variables: VariablesIn) -> Body:
    """All environments, production first."""
    found = await variables.environments(caller.workspace_id)
    return {"environments": [schema.environment(each) for each in found]}


@router.post("/v1/convai/environments", response_model=shown(schema.EnvironmentResponse))
async def create_environment(
    body: Annotated[Body, Depends(sent(schema.CreateEnvironmentRequest))],
    _: ConvaiWriter,
    actor: Acting,
    variables: VariablesIn,
) -> Body:
    """A new environment."""
    return schema.environment(await variables.create_environment(actor, body["name"]))


@router.delete("/v1/convai/environments/{environment}", status_code=204)
async def delete_environment(environment: str, _: ConvaiWriter, actor: Acting, variables: VariablesIn) -> None:
    """Remove an environment and every value for it."""
    await variables.delete_environment(actor, environment)
