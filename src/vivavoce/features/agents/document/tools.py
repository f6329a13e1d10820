"""Tools that are defined inside an agent or a node."""

from typing import Annotated, Any, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, OneOf, Wire, known, section
from vivavoce.base.json import Json
from vivavoce.features.agents.document import words
from vivavoce.features.agents.document.locators import (
    AuthConnectionLocator,
    DynamicVariableLocator,
    EnvironmentAuthConnectionLocator,
    EnvVarLocator,
    SecretLocator,
)
from vivavoce.features.agents.document.parameters import (
    LiteralProperty,
    ObjectProperty,
    QueryParameters,
    SchemaOverride,
)
from vivavoce.features.agents.document.system_tools import SystemTool
from vivavoce.features.agents.document.tool_base import DynamicVariablesConfig, ToolBase


class ResponseFilter(Wire):
    mode: words.ResponseFilterMode = "all"
    filters: list[str] = []
    content_type: Literal["application/json"] = "application/json"


class WebhookRequest(Wire):
    request_headers: dict[str, str | SecretLocator | DynamicVariableLocator | EnvVarLocator] = {}
    url: str
    method: Annotated[str, known("GET", "POST", "PUT", "PATCH", "DELETE")] = "GET"
    path_params_schema: dict[str, LiteralProperty] = {}
    query_params_schema: QueryParameters | None = None
    request_body_schema: ObjectProperty | None = None
    response_body_schema: ObjectProperty | None = None
    response_filter: ResponseFilter | None = None
    content_type: Annotated[str, known("application/json", "application/x-www-form-urlencoded")] = "application/json"
    auth_resolved_params: list[str] = []
    auth_connection: AuthConnectionLocator | EnvironmentAuthConnectionLocator | None = None


class WebhookTool(ToolBase):
    type: Literal["webhook"] = "webhook"
    description: str
    response_timeout_secs: Integer = Field(default=20, le=300, ge=5)
    dynamic_variables: DynamicVariablesConfig = section(DynamicVariablesConfig)
    execution_mode: words.ToolExecutionMode = "immediate"
    api_schema: WebhookRequest
    follow_redirects: Flag = False
    follow_redirects_allowed_domains: list[str] = Field(default=[], max_length=20)


class ClientTool(ToolBase):
    type: Literal["client"] = "client"
    description: str
    response_timeout_secs: Integer = Field(default=20, le=120, ge=1)
    parameters: ObjectProperty | None = None
    expects_response: Flag = False
    dynamic_variables: DynamicVariablesConfig = section(DynamicVariablesConfig)
    execution_mode: words.ToolExecutionMode = "immediate"


class McpTool(ToolBase):
    type: Literal["mcp"] = "mcp"
    description: str
    response_timeout_secs: Integer = Field(default=30, le=300, ge=5)
    integration_type: Annotated[str, known("mcp_server", "mcp_integration")]
    parameters: ObjectProperty | None = None
    approval_policy: Annotated[str, known("auto_approve_all", "require_approval_all", "require_approval_per_tool")] = (
        "require_approval_all"
    )
    mcp_tool_name: str
    mcp_tool_description: str
    mcp_server_id: str
    mcp_server_name: str
    mcp_input_schema: dict[str, Any] | None = None
    execution_mode: words.ToolExecutionMode = "immediate"
    input_overrides: dict[str, SchemaOverride] | None = None
    value: Json = None  # the newest Python client requires the key


class ApiIntegrationOverrides(Wire):
    schema_overrides: dict[str, SchemaOverride] | None = None
    response_filter_mode: words.ResponseFilterMode | None = None
    response_filters: list[str] | None = None
    request_headers: dict[str, str | DynamicVariableLocator] | None = None


class ApiIntegrationTool(ToolBase):
    type: Literal["api_integration_webhook"] = "api_integration_webhook"
    description: str
    response_timeout_secs: Integer = Field(default=20, le=300, ge=5)
    dynamic_variables: DynamicVariablesConfig = section(DynamicVariablesConfig)
    execution_mode: words.ToolExecutionMode = "immediate"
    tool_version: str = "1.0.0"
    api_integration_id: str
    api_integration_connection_id: str
    api_schema_overrides: ApiIntegrationOverrides | None = None


class SmbTool(ToolBase):
    type: Literal["smb"] = "smb"
    description: str = ""
    human_description: str = ""
    enabled: Flag = True
    params: Wire
    value: Json = None  # the newest Python client requires the key


Tool = Annotated[Wire, OneOf("type", WebhookTool, ClientTool, SystemTool, McpTool, ApiIntegrationTool, SmbTool)]
