"""What a web page needs to show an agent: its looks, its words, and what it may offer its visitor.

The page asks without a key, so the answer holds nothing but what the visitor is going to see anyway.
"""

from collections.abc import Mapping

from vivavoce.api.unbuilt import unbuilt_operations
from vivavoce.base.errors import NotFound, Unauthorized
from vivavoce.base.json import Body, Json
from vivavoce.features.agents.access import Grant, Signatures, auth_of, check_origin, is_shared
from vivavoce.features.agents.document.defaults import with_defaults
from vivavoce.features.agents.document.widget import WidgetConfig
from vivavoce.features.agents.plan.overrides import in_language
from vivavoce.features.agents.records import Agent
from vivavoce.features.agents.store import AgentStore
from vivavoce.features.agents.terms import as_html
from vivavoce.ports.identity import Caller

_OF_THE_REQUEST_ONLY = frozenset({"language_selector", "custom_avatar_path"})
_UPLOAD = ("POST", "/v1/convai/conversations/{conversation_id}/files")
_OLDER_TEXTS = {
    "action_text": "main_label",
    "start_call_text": "start_call",
    "end_call_text": "end_call",
    "expand_text": "expand",
    "listening_text": "listening_status",
    "speaking_text": "speaking_status",
}
"""Texts that older documents have in fields of their own, and their names among `text_contents`."""
_OLDER_LOOKS = {
    "bg_color": "base",
    "text_color": "base_primary",
    "border_color": "base_border",
    "btn_color": "accent",
    "btn_text_color": "accent_primary",
    "btn_radius": "button_radius",
    "border_radius": "sheet_radius",
}
"""The same for looks, and their names among `styles`; only what was chosen counts, not the old defaults."""
_PRESET_FIELDS = ("text_contents", "terms_text", "terms_html", "terms_key")


class Widgets:
    """The agents of all workspaces as web pages see them."""

    def __init__(self, store: AgentStore, signatures: Signatures) -> None:
        self._store = store
        self._signatures = signatures

    async def get(
        self, caller: Caller | None, agent_id: str, *, page_origin: str | None, signature: str | None, our_origin: str
    ) -> Body:
        """The settings of an agent's widget, for a page that may show it."""
        agent = await self._store.called(agent_id)
        if agent is None:
            raise NotFound.of("agent", agent_id)
        document = with_defaults(agent.config)
        if caller is None or caller.workspace_id != agent.workspace_id:
            await self.admit(agent, page_origin=page_origin, signature=signature)
        return {"agent_id": agent.id, "widget_config": widget_config(document, our_origin)}

    async def preview(self, caller: Caller, agent_id: str, draft: Body, *, our_origin: str) -> Body:
        """The same for a document that is not published, of an agent that is there."""
        await self._store.agent(caller.workspace_id, agent_id)
        return {"agent_id": agent_id, "widget_config": widget_config(with_defaults(draft), our_origin)}

    async def admit(self, agent: Agent, *, page_origin: str | None, signature: str | None) -> Grant | None:
        """Let a page show an agent, or raise why not. What its signed URL is good for, where it needed one."""
        auth = auth_of(agent)
        check_origin(auth, page_origin)
        if not auth["enable_auth"] or (signature is not None and is_shared(auth, signature)):
            return None
        if signature is None:
            raise Unauthorized(
                "This agent needs a signed URL. Have your server get one and pass its conversation_signature.",
                status="needs_signature",
            )
        return await self._signatures.read(agent.workspace_id, agent.id, signature)


def widget_config(document: Body, our_origin: str) -> Body:
    """The contract's widget settings of a document that is complete with its defaults."""
    config, widget = document["conversation_config"], document["platform_settings"]["widget"]
    return {
        **{name: value for name, value in widget.items() if name not in _OF_THE_REQUEST_ONLY},
        "avatar": _reachable(widget["avatar"], our_origin),
        "terms_html": _terms(widget),
        "end_feedback": _end_feedback(widget),
        "supports_text_only": widget["supports_text_only"] and _may(document, "conversation", "text_only"),
        "text_contents": _with_older(widget["text_contents"], widget, _OLDER_TEXTS),
        "styles": _with_older(widget["styles"], widget, _OLDER_LOOKS),
        "language": config["agent"]["language"],
        "supported_language_overrides": _languages(document),
        "language_presets": {code: _preset(config, widget, code) for code in config["language_presets"]},
        "text_only": config["conversation"]["text_only"],
        "first_message": config["agent"]["first_message"],
        "use_rtc": False,
        "file_input_config": _files(config),
    }


def _files(config: Body) -> Body:
    """What a visitor may attach; nothing for as long as this server cannot take it."""
    wanted: Body = config["conversation"]["file_input"]
    return {**wanted, "enabled": wanted["enabled"] and _UPLOAD not in unbuilt_operations()}


def _with_older(today: Body, widget: Body, older: Mapping[str, str]) -> Body:
    """Today's words or looks; where there is none, what the document says under an older name."""
    defaults = {name: WidgetConfig.model_fields[name].default for name in older}
    told = {new: widget[old] for old, new in older.items() if widget[old] not in (None, "", defaults[old])}
    return {**today, **{name: value for name, value in told.items() if today.get(name) is None}}


def _reachable(avatar: Body, our_origin: str) -> Body:
    """An avatar whose picture is kept here, with an address that works from any page."""
    url = avatar.get("url")
    return {**avatar, "url": f"{our_origin}{url}"} if isinstance(url, str) and url.startswith("/") else avatar


def _languages(document: Body) -> list[str] | None:
    """The languages a visitor may choose from, the agent's own first, where choosing one would not be refused."""
    is_wanted = document["platform_settings"]["widget"]["language_selector"] is True
    own: str = document["conversation_config"]["agent"]["language"]
    others = [code for code in document["conversation_config"]["language_presets"] if code != own]
    return [own, *others] if others and is_wanted and _may(document, "agent", "language") else None


def _may(document: Body, section: str, name: str) -> bool:
    """Whether a caller may choose this for their call."""
    gates = document["platform_settings"]["overrides"]["conversation_config_override"]
    return gates[section][name] is True


def _terms(told: Mapping[str, Json]) -> Json:
    """What a visitor agrees to, as HTML."""
    html, text = told.get("terms_html"), told.get("terms_text")
    return as_html(text) if not html and isinstance(text, str) and text.strip() else html


def _end_feedback(widget: Body) -> Json:
    """How the conversation is rated at its end; older documents say so by their mode."""
    return {"type": "rating"} if widget["feedback_mode"] == "end" else widget["end_feedback"]


def _preset(config: Body, widget: Body, code: str) -> Body:
    told: Mapping[str, Json] = widget["language_presets"].get(code) or {}
    return {
        "first_message": in_language(config, code)["agent"]["first_message"],
        **{name: told.get(name) for name in _PRESET_FIELDS},
        "terms_html": _terms(told),
    }
