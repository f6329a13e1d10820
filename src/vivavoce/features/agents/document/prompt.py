"""What the agent thinks with: instructions, language model, knowledge, tools."""

from typing import Annotated, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Number, OneOf, Wire, section
from vivavoce.features.agents.document import words
from vivavoce.features.agents.document.locators import (
    AuthConnectionLocator,
    DynamicVariableLocator,
    EnvironmentAuthConnectionLocator,
    EnvVarLocator,
    SecretLocator,
)
from vivavoce.features.agents.document.system_tools import BuiltInTools
from vivavoce.features.agents.document.tools import Tool


class CustomLlm(Wire):
    url: str
    model_id: str | None = None
    api_key: SecretLocator | EnvVarLocator | None = None
    auth_connection: AuthConnectionLocator | EnvironmentAuthConnectionLocator | None = None
    request_headers: dict[str, str | SecretLocator | DynamicVariableLocator | EnvVarLocator] = {}
    api_version: str | None = None
    api_type: words.CustomLlmApiType = "chat_completions"


class KnowledgeBaseSearchInfo(Wire):
    enabled_strategies: list[words.SearchStrategy] = []


class RagConfig(Wire):
    enabled: Flag = False
    embedding_model: words.EmbeddingModel = "e5_mistral_7b_instruct"
    max_vector_distance: Number = Field(default=0.6, lt=1, gt=0)
    max_documents_length: Integer = Field(default=50000, lt=10000000, gt=0)
    max_retrieved_rag_chunks_count: Integer = Field(default=20, gt=0, le=20)
    num_candidates: Integer | None = Field(default=None, le=10000, gt=0)
    query_rewrite_prompt_override: str | None = Field(default=None, max_length=1000, min_length=1)
    knowledge_base_tool_info: KnowledgeBaseSearchInfo | None = None


class BackupLlmDefault(Wire):
    preference: Literal["default"] = "default"


class BackupLlmDisabled(Wire):
    preference: Literal["disabled"] = "disabled"


class BackupLlmOverride(Wire):
    preference: Literal["override"] = "override"
    order: list[str]


BackupLlm = Annotated[Wire, OneOf("preference", BackupLlmDefault, BackupLlmDisabled, BackupLlmOverride)]


class KnowledgeBaseLocator(Wire):
    type: words.DocumentType
    name: str
    id: str
    usage_mode: words.UsageMode = "auto"


class PromptConfig(Wire):
    prompt: str = ""
    llm: str = "gemini-2.5-flash"
    reasoning_effort: words.ReasoningEffort | None = None
    thinking_budget: Integer | None = None
    enable_reasoning_summary: Flag = False
    temperature: Number | None = 0
    max_tokens: Integer = -1
    tool_ids: list[str] = []
    built_in_tools: BuiltInTools = section(BuiltInTools)
    mcp_server_ids: list[str] = Field(default=[], max_length=10)
    native_mcp_server_ids: list[str] = Field(default=[], max_length=10)
    knowledge_base: list[KnowledgeBaseLocator] = []
    custom_llm: CustomLlm | None = None
    ignore_default_personality: Flag | None = True
    rag: RagConfig = section(RagConfig)
    timezone: str | None = None
    backup_llm_config: BackupLlm = section(BackupLlmDefault)
    cascade_timeout_seconds: Number = Field(default=4, le=15, ge=2)
    tools: list[Tool] = []
    service_tier: words.ServiceTier | None = "standard"
    tool_ids_strict: Flag | None = None
    enable_parallel_tool_calls: Flag | None = None
