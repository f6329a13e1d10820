"""Every option of the server, each with its sentence.

Where a value comes from, the first that has it wins: a flag of `vivavoce serve` (`--stop-timeout-seconds 5`), an
environment variable (`VIVAVOCE_STOP_TIMEOUT_SECONDS=5`), the TOML file (`stop_timeout_seconds = 5`), the default
written here. The TOML file is the one named by `--config` or `VIVAVOCE_CONFIG`, else `vivavoce.toml` in the data
folder if there is one. A flag or a line of the file that nobody knows is refused: a misspelt option must not be a
silent one. (Variables cannot be refused: others may share the prefix.)

docs/reference/settings.md is generated from this module.
"""

import ipaddress
import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from vivavoce.base.errors import Problem
from vivavoce.net.addresses import PublicOnly

if TYPE_CHECKING:
    from vivavoce.providers.choices import Choices

ROLES = ("api", "calls", "jobs")
ENVIRONMENT_PREFIX = "VIVAVOCE_"
Roles = Literal["api", "calls", "jobs"]

_MODEL_SERVERS = (
    "http://127.0.0.1:11434/v1",  # Ollama
    "http://127.0.0.1:8080/v1",  # llama.cpp
    "http://127.0.0.1:1234/v1",  # LM Studio
    "http://127.0.0.1:8000/v1",  # vLLM
)
_NONE = "none"
_LISTS = (
    "role",
    "trusted_proxies",
    "cors_origins",
    "outbound_private_hosts",
    "backup_models",
    "discover_minds",
    "ear",
    "voice",
)
_PROVIDER_FIELDS = frozenset(
    {"providers", "ear", "voice", "voice_ids", "voice_activity", "turn_model", "embedding", "moderation"}
    | {"fallback_model", "backup_models", "model_rules"}
)


class SettingsProblem(Problem):
    """The settings contradict themselves, or one of them is wrong."""

    status = "settings_invalid"


def default_data_dir() -> Path:
    """Where the data lives if nobody says otherwise: the user's own data folder."""
    base = os.environ.get("XDG_DATA_HOME")
    if base:
        return Path(base) / "vivavoce"
    try:
        return Path.home() / ".local" / "share" / "vivavoce"
    except RuntimeError:
        raise SettingsProblem("There is no home folder to keep data in. Name one with --data-dir.") from None


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _without_trailing_slash(url: str | None) -> str | None:
    if url is None:
        return None
    if not url.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    if not urlsplit(url).hostname:
        raise ValueError("names no host; write it like https://voice.example.com")
    return url.rstrip("/")


def _require_file(name: str, path: Path) -> None:
    try:
        found = path.is_file()
    except OSError as error:
        raise ValueError(f"{name}: {path} cannot be read: {error.strerror}") from None
    if not found:
        raise ValueError(f"{name}: there is no file {path}")


def _origin(word: str) -> str:
    """An origin as browsers write it; anything else would be compared with them in vain."""
    parts = urlsplit(word)
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in ("http", "https") or not parts.hostname or word.rstrip("/") != origin:
        raise ValueError(f"{word!r} is no origin; write each like https://app.example.com")
    return origin.lower()


Folder = Annotated[Path, AfterValidator(_absolute)]
WebUrl = Annotated[str | None, AfterValidator(_without_trailing_slash)]


class Settings(BaseModel):
    """The options, grouped as the reference page groups them."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    # Where it listens
    host: str = Field(default="127.0.0.1", description="Address to listen on. Loopback unless you say otherwise.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one and prints it.")
    public_url: WebUrl = Field(
        default=None,
        description="The address people and clients reach this server by, such as https://voice.example.com. "
        "Signed URLs, snippets and webhooks are built with it.",
    )
    allow_plain_http: bool = Field(
        default=False, description="Listen on a public address without TLS. Keys and speech then travel unprotected."
    )
    tls_cert: Path | None = Field(default=None, description="PEM file with the certificate chain; turns HTTPS on.")
    tls_key: Path | None = Field(default=None, description="PEM file with the certificate's private key.")
    strict_transport: bool = Field(
        default=True,
        description="Tell browsers that came by HTTPS to come by HTTPS only, for a year. Turn it off while you try out "
        "a certificate.",
    )
    trusted_proxies: list[str] = Field(
        default_factory=list,
        description="Addresses or networks of proxies whose X-Forwarded-* headers are believed.",
    )
    cors_origins: list[Annotated[str, AfterValidator(_origin)]] = Field(
        default_factory=list,
        description="Origins of other sites whose pages may call the whole API from a browser.",
    )

    # Where it keeps things
    data_dir: Folder = Field(
        default_factory=default_data_dir,
        description="Folder for everything this server keeps; created at the first start.",
    )
    database_url: str | None = Field(
        default=None,
        description="postgresql://user:password@host/name, or sqlite:///file. Default: vivavoce.db in the data folder.",
    )
    blobs_url: str | None = Field(
        default=None,
        description="file:///folder, s3://bucket/prefix, gs:// or az://. Default: the folder blobs in the data folder.",
    )
    bus_url: str | None = Field(
        default=None,
        description="How processes talk to each other: hub (a local socket) or a postgresql:// address. "
        "Default: PostgreSQL if the database is one, else hub.",
    )
    models_dir: Folder | None = Field(
        default=None, description="Folder of the local models. Default: the folder models in the data folder."
    )
    models_source: str | None = Field(
        default=None,
        description="A folder or address of your own that has the models as ID/file; tried before all others.",
    )
    fetch_models: Literal["auto", "none", "small", "default", "quality", "llm"] = Field(
        default="auto",
        description="Which local models the server fetches by itself when they are not here: auto those that its ears, "
        "voice and judge of turns would use, none, or a profile of `vivavoce models`.",
    )
    master_key: SecretStr | None = Field(
        default=None,
        description="Key that protects stored secrets, 32 bytes in base64. "
        "Default: the file master.key in the data folder, made at the first start.",
    )

    # Processes
    role: list[Roles] = Field(
        default_factory=lambda: list(ROLES),
        min_length=1,
        description="What this machine does: api, calls, jobs. All of them unless you run a fleet.",
    )
    workers: int = Field(
        default=1, ge=1, le=256, description="How many processes serve requests and calls on the one port."
    )
    stop_timeout_seconds: float = Field(
        default=30.0,
        ge=0,
        allow_inf_nan=False,
        description="How long running work may take to finish after a request to stop.",
    )

    # Who thinks, hears and speaks
    providers: dict[str, dict[str, dict[str, Any]]] = Field(
        default_factory=dict[str, dict[str, dict[str, Any]]],
        repr=False,
        description="Options of providers: [providers.ROLE.NAME] tables in the TOML file, or JSON. ROLE is language, "
        "ear, voice or activity; the reference of providers lists the options.",
    )
    ear: list[str] = Field(
        default=["auto"],
        min_length=1,
        description="What hears callers: a provider's name; auto takes the first one configured, else the local one. "
        "Of several in a list, each steps in where the one before it breaks.",
    )
    voice: list[str] = Field(
        default=["auto"],
        min_length=1,
        description="What speaks for agents whose voice no provider has: a provider's name; auto takes the first one "
        "configured, else the local one. The others speak for those whose voice they have. Of several in a list, each "
        "steps in where another breaks, in the middle of a sentence too.",
    )
    voice_ids: dict[str, str] = Field(
        default_factory=dict[str, str],
        description="Voice ids that agents name, and the id of the voice here that speaks for each; a table in the "
        "TOML file, or JSON.",
    )
    turn_model: str = Field(
        default="auto",
        description="What judges whether a caller has finished: a provider's name, auto, or none, when silence alone "
        "decides.",
    )
    embedding: str = Field(
        default="auto",
        description="What compares texts by meaning: a provider's name; auto takes the first one configured, else the "
        "local one.",
    )
    voice_activity: str = Field(
        default="silero",
        description="What notices that somebody speaks: a provider's name.",
    )
    model_rules: dict[str, str] = Field(
        default_factory=dict[str, str],
        description="Names of models that agents ask for, and the model here that answers for each; * stands for "
        "anything. The first that fits counts. A table in the TOML file, or JSON.",
    )
    moderation: str = Field(
        default="auto",
        description="What judges texts for guardrails: a provider's name; auto takes the first one configured, else a "
        "list of words.",
    )
    fallback_model: str | None = Field(
        default=None,
        description="Model that answers for agents whose own model no provider offers. Default: the first one that is "
        "configured or found, else the deterministic mind.",
    )
    backup_models: list[str] = Field(
        default_factory=lambda: ["auto"],
        description="Models that take over, in this order, when an agent's own fails or is too slow; for agents that "
        "do not say otherwise. `auto` takes the first model of each configured provider, `none` nobody.",
    )
    hedge_after_seconds: float | None = Field(
        default=None,
        gt=0,
        description="Ask the first of the backup models too when a model has not begun to answer after this long, and "
        "take who begins first. Both are paid for. Default: off.",
    )
    discover_minds: list[str] = Field(
        default_factory=lambda: list(_MODEL_SERVERS),
        description="Where servers of models on this machine are looked for, now and then; those that answer are "
        "offered by themselves. `none` looks nowhere.",
    )

    # Whom it calls
    outbound_private_hosts: list[str] = Field(
        default_factory=list,
        description="Hosts, addresses or networks of yours that addresses given by users may lead to, such as "
        "llm.internal or 10.1.0.0/16. All others that are not public are refused.",
    )

    # How many calls
    max_calls: int = Field(
        default=0,
        ge=0,
        description="How many calls this machine takes at a time; 0 takes as many as it can serve without delay.",
    )

    # Who may come in
    admin_api_key: SecretStr | None = Field(
        default=None, description="Presets the first admin key instead of making one up; for containers and tests."
    )
    session_days: int = Field(default=14, ge=1, le=365, description="How long a dashboard login lasts.")
    requests_per_minute: int = Field(
        default=6000,
        ge=0,
        description="Requests that one key may make per minute before it is told to slow down; 0 is no limit.",
    )
    max_body_bytes: int = Field(
        default=4 * 1024 * 1024,
        ge=1024,
        description="Largest JSON body that is read; uploads have limits of their own.",
    )

    allow_enclave_setup: bool = Field(
        default=False,
        description="Let clients bring an agent of their own with enclave_setup_config, as self-hosted engines do. "
        "Whoever reaches the server can then run any prompt on it.",
    )

    # What it says
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least level that is logged."
    )
    log_format: Literal["auto", "console", "json"] = Field(
        default="auto", description="console for people, json for machines; auto looks whether a terminal listens."
    )
    access_log: bool = Field(default=False, description="Log every request, not only those that fail or take long.")
    log_customer_content: bool = Field(
        default=False, description="Let log lines carry what people said or wrote. Off, and meant to stay off."
    )

    # The first run
    sample_agent: bool = Field(default=True, description="Make the sample agent Ada at the first start.")
    open_browser: bool = Field(
        default=True, description="Open the dashboard at the first start where there is a screen."
    )

    @field_validator(*_LISTS, mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """Lists may be written as words with commas, which is what an environment variable has."""
        return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value

    @field_validator("providers", "voice_ids", "model_rules", mode="before")
    @classmethod
    def _tables(cls, value: Any) -> Any:
        """An environment variable and a flag have them as JSON."""
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError("must be JSON, as a table of the TOML file would be") from None

    @field_validator("backup_models")
    @classmethod
    def _or_nobody(cls, value: list[str]) -> list[str]:
        """An empty list is written as a word, so that the processes of this one are told."""
        return value or [_NONE]

    @field_validator("discover_minds")
    @classmethod
    def _addresses(cls, value: list[str]) -> list[str]:
        for place in value:
            if place != _NONE and not place.startswith(("http://", "https://")):
                raise ValueError("addresses begin with http:// or https://, such as http://127.0.0.1:11434/v1")
            urlsplit(place).port  # noqa: B018 - raises where there is none
        return [place.rstrip("/") for place in value] or [_NONE]

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for network in value:
            ipaddress.ip_network(network, strict=False)
        return value

    @field_validator("outbound_private_hosts")
    @classmethod
    def _reachable(cls, value: list[str]) -> list[str]:
        PublicOnly.but(value)
        return value

    @model_validator(mode="after")
    def _providers_exist(self) -> Self:
        if self.model_fields_set.isdisjoint(_PROVIDER_FIELDS):
            return self
        from vivavoce.providers.choices import check
        from vivavoce.providers.registry import ProviderProblem

        try:
            check(self.provider_choices)
        except ProviderProblem as problem:
            raise ValueError(f"providers: {problem.message}") from None
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key belong together: give both or neither")
        for name in ("tls_cert", "tls_key"):
            path: Path | None = getattr(self, name)
            if path is not None:
                _require_file(name, path)
        return self

    @property
    def provider_choices(self) -> "Choices":
        """What the settings say about providers."""
        from vivavoce.providers.choices import Choices

        return Choices(
            tables=self.providers,
            ear=self.ear[0],
            ear_backups=tuple(self.ear[1:]),
            voice=self.voice[0],
            voice_backups=tuple(self.voice[1:]),
            voice_ids=self.voice_ids,
            activity=self.voice_activity,
            turn=self.turn_model,
            embedding=self.embedding,
            moderation=self.moderation,
            fallback_model=self.fallback_model,
            backup_models=tuple(model for model in self.backup_models if model != _NONE),
            model_rules=self.model_rules,
            discover_minds=self._model_servers(),
            hedge_after_seconds=self.hedge_after_seconds,
        )

    def _model_servers(self) -> Sequence[str]:
        """Where models may be served; not where this server itself listens."""
        return [place for place in self.discover_minds if place != _NONE and urlsplit(place).port != self.port]

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def scheme(self) -> str:
        """What the server itself speaks."""
        return "https" if self.tls_cert else "http"

    @property
    def database(self) -> str:
        """The database's address, the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'vivavoce.db'}"

    @property
    def database_file(self) -> Path | None:
        """Where the database lies, if it is a file."""
        prefix = "sqlite:///"
        return Path(self.database.removeprefix(prefix)) if self.database.startswith(prefix) else None

    @property
    def blobs(self) -> str:
        """The blob store's address, the default filled in."""
        return self.blobs_url or (self.data_dir / "blobs").as_uri()

    @property
    def models(self) -> Path:
        """Where local models lie, the default filled in."""
        return self.models_dir or self.data_dir / "models"

    @property
    def bus(self) -> str:
        """How processes talk, the default filled in."""
        return self.bus_url or (self.database if self.database.startswith("postgres") else "hub")

    def require_safe_address(self) -> None:
        """Refuse a public address over plain HTTP unless that was asked for by name."""
        if self.is_loopback or self.tls_cert or self.allow_plain_http:
            return
        raise SettingsProblem(
            f"host: {self.host} can be reached from other machines, and without TLS keys and speech would travel "
            "unprotected. Give --tls-cert and --tls-key, put an HTTPS proxy before a loopback address, or say "
            "--allow-plain-http if the network is trusted."
        )

    def require_usable_certificate(self) -> None:
        """Refuse a certificate and key that no connection could be made with."""
        if self.tls_cert is None or self.tls_key is None:
            return
        import ssl

        try:
            # A password is given so that OpenSSL does not ask the terminal for one.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.tls_cert, self.tls_key, password="")
        except OSError as error:
            raise SettingsProblem(
                f"tls_cert, tls_key: {self.tls_cert} and {self.tls_key} cannot be used "
                f"({getattr(error, 'reason', None) or error.strerror or 'not PEM'}). Both are PEM files that belong "
                "together; the key is not encrypted and can be read by this user."
            ) from None


def load(flags: Mapping[str, Any] | None = None, *, config: Path | None = None) -> Settings:
    """The settings from flags, environment and file; `SettingsProblem` names what is wrong and where it stands."""
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    environment = _from_environment()
    file_path = config or _config_path({**environment, **given})
    file = _from_file(file_path) if file_path else {}
    sources = {"the flags": given, "the environment": environment, str(file_path): file}
    try:
        return Settings(**{**file, **environment, **given})
    except ValidationError as error:
        raise SettingsProblem("\n".join(_complaint(problem, sources) for problem in error.errors())) from None


def _from_environment() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in os.environ.items():
        field = name.removeprefix(ENVIRONMENT_PREFIX).lower()
        if name.startswith(ENVIRONMENT_PREFIX) and field in Settings.model_fields and value != "":
            found[field] = value
    return found


def _config_path(known: Mapping[str, Any]) -> Path | None:
    named = os.environ.get(f"{ENVIRONMENT_PREFIX}CONFIG")
    if named:
        return Path(named)
    folder = Path(known["data_dir"] if "data_dir" in known else default_data_dir()).expanduser()
    usual = folder / "vivavoce.toml"
    try:
        return usual if usual.is_file() else None
    except OSError as error:
        raise SettingsProblem(
            f"data_dir: {folder} cannot be read ({error.strerror}). Give it to this user or name another folder "
            "with --data-dir."
        ) from None


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsProblem(f"The settings file {path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsProblem(f"The settings file {path} is not TOML: {error}.") from None


def _complaint(problem: Any, sources: Mapping[str, Mapping[str, Any]]) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else ""
    source = next((where for where, values in sources.items() if name in values), "the settings")
    text = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        return f"{name}: there is no such setting (in {source}). `vivavoce serve --help` lists them."
    return f"{name}: {text} (in {source})." if name else f"{text}."


def as_environment(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, for the processes that this one starts; defaults left out."""
    found: dict[str, str] = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        if value is None:
            continue
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        found[ENVIRONMENT_PREFIX + name.upper()] = _as_text(value)
    return found


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value)  # pyright: ignore[reportUnknownArgumentType]
    return json.dumps(value) if isinstance(value, dict) else str(value)


def shares_models(settings: Settings) -> bool:
    """Whether the workers of this machine have their local models in one process for all."""
    return settings.workers > 1 and "calls" in settings.role


class Option(BaseModel):
    """One line of the reference: an option as people write it in each of the three places."""

    name: str
    flag: str
    variable: str
    default: str
    meaning: str


def reference() -> list[Option]:
    """Every option, in the order of this module."""
    return [
        Option(
            name=name,
            flag="--" + name.replace("_", "-"),
            variable=ENVIRONMENT_PREFIX + name.upper(),
            default=_default_text(name),
            meaning=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def _default_text(name: str) -> str:
    field = Settings.model_fields[name]
    if name == "data_dir":
        return "~/.local/share/vivavoce"
    value: Any = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, list):
        return ",".join(value)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None or value == {} else str(value)
