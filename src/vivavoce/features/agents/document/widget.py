"""The embeddable widget: looks, words, behaviour."""

from typing import Annotated, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Number, OneOf, Wire, known, section
from vivavoce.features.agents.document import words


class OrbAvatar(Wire):
    type: Literal["orb"] = "orb"
    color_1: str = "#2792dc"
    color_2: str = "#9ce6e6"


class UrlAvatar(Wire):
    type: Literal["url"] = "url"
    custom_url: str = ""


class ImageAvatar(Wire):
    type: Literal["image"] = "image"
    url: str = ""


Avatar = Annotated[Wire, OneOf("type", OrbAvatar, UrlAvatar, ImageAvatar)]


class WidgetEndFeedbackConfig(Wire):
    type: Literal["rating"] = "rating"


class AllowlistItem(Wire):
    hostname: str


class WidgetTextContents(Wire):
    main_label: str | None = None
    start_call: str | None = None
    start_chat: str | None = None
    new_call: str | None = None
    end_call: str | None = None
    mute_microphone: str | None = None
    change_language: str | None = None
    collapse: str | None = None
    expand: str | None = None
    copied: str | None = None
    accept_terms: str | None = None
    dismiss_terms: str | None = None
    listening_status: str | None = None
    speaking_status: str | None = None
    connecting_status: str | None = None
    chatting_status: str | None = None
    input_label: str | None = None
    input_placeholder: str | None = None
    input_placeholder_text_only: str | None = None
    input_placeholder_new_conversation: str | None = None
    user_ended_conversation: str | None = None
    agent_ended_conversation: str | None = None
    conversation_id: str | None = None
    error_occurred: str | None = None
    copy_id: str | None = None
    initiate_feedback: str | None = None
    request_follow_up_feedback: str | None = None
    thanks_for_feedback: str | None = None
    thanks_for_feedback_details: str | None = None
    follow_up_feedback_placeholder: str | None = None
    submit: str | None = None
    go_back: str | None = None
    send_message: str | None = None
    text_mode: str | None = None
    voice_mode: str | None = None
    switched_to_text_mode: str | None = None
    switched_to_voice_mode: str | None = None
    copy_: str | None = Field(default=None, alias="copy")
    download: str | None = None
    wrap: str | None = None
    agent_working: str | None = None
    agent_done: str | None = None
    agent_error: str | None = None
    attach_file: str | None = None
    remove_file: str | None = None
    file_upload_error: str | None = None
    file_type_unsupported: str | None = None
    file_too_large: str | None = None
    file_limit_reached: str | None = None
    typing_indicator: str | None = None
    queue_waiting_status: str | None = None
    queue_waiting_status_short: str | None = None
    queue_timed_out: str | None = None
    rich_content_unavailable: str | None = None


class WidgetStyles(Wire):
    base: str | None = None
    base_hover: str | None = None
    base_active: str | None = None
    base_border: str | None = None
    base_subtle: str | None = None
    base_primary: str | None = None
    base_error: str | None = None
    accent: str | None = None
    accent_hover: str | None = None
    accent_active: str | None = None
    accent_border: str | None = None
    accent_subtle: str | None = None
    accent_primary: str | None = None
    overlay_padding: Number | None = None
    button_radius: Number | None = None
    input_radius: Number | None = None
    bubble_radius: Number | None = None
    sheet_radius: Number | None = None
    compact_sheet_radius: Number | None = None
    dropdown_sheet_radius: Number | None = None


class WidgetTextContentsTranslation(Wire):
    source: dict[str, str] = {}
    text: dict[str, str] = {}


class WidgetTermsTranslation(Wire):
    source_hash: str
    text: str


class WidgetLanguagePreset(Wire):
    text_contents: WidgetTextContents | None = None
    text_contents_translation: WidgetTextContentsTranslation | None = None
    terms_text: str | None = None
    terms_html: str | None = None
    terms_key: str | None = None
    terms_translation: WidgetTermsTranslation | None = None


class WidgetConfig(Wire):
    variant: words.EmbedVariant = "full"
    placement: words.WidgetPlacement = "bottom-right"
    expandable: words.WidgetExpandable = "never"
    avatar: Avatar = section(OrbAvatar)
    feedback_mode: words.WidgetFeedbackMode = "none"
    end_feedback: WidgetEndFeedbackConfig | None = None
    bg_color: str = "#ffffff"
    text_color: str = "#000000"
    btn_color: str = "#000000"
    btn_text_color: str = "#ffffff"
    border_color: str = "#e1e1e1"
    focus_color: str = "#000000"
    border_radius: Integer | None = None
    btn_radius: Integer | None = None
    action_text: str | None = None
    start_call_text: str | None = None
    end_call_text: str | None = None
    expand_text: str | None = None
    listening_text: str | None = None
    speaking_text: str | None = None
    shareable_page_text: str | None = None
    shareable_page_show_terms: Flag = True
    terms_text: str | None = None
    terms_html: str | None = None
    terms_key: str | None = None
    show_avatar_when_collapsed: Flag | None = False
    disable_banner: Flag = False
    override_link: str | None = None
    markdown_link_allowed_hosts: list[AllowlistItem] = []
    markdown_link_include_www: Flag = True
    markdown_link_allow_http: Flag = True
    mic_muting_enabled: Flag = True
    transcript_enabled: Flag = True
    text_input_enabled: Flag = True
    conversation_mode_toggle_enabled: Flag = False
    default_expanded: Flag = False
    always_expanded: Flag = False
    dismissible: Flag = False
    show_agent_status: Flag = False
    show_conversation_id: Flag = True
    strip_audio_tags: Flag = True
    syntax_highlight_theme: Annotated[str, known("light", "dark")] | None = None
    text_contents: WidgetTextContents = section(WidgetTextContents)
    styles: WidgetStyles = section(WidgetStyles)
    show_resize_button: Flag = True
    language_selector: Flag = False
    supports_text_only: Flag = True
    custom_avatar_path: str | None = None
    language_presets: dict[str, WidgetLanguagePreset] = {}
    end_confirmation_enabled: Flag | None = None
    mobile_fullscreen: Flag | None = None
    transcript_speech_sync_enabled: Flag | None = None
