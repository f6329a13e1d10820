"""Finding voices: the filters, orders and pages of the contract's search, over a list in memory."""

from collections.abc import Sequence

from vivavoce.base.errors import Invalid
from vivavoce.base.frozen import frozen
from vivavoce.base.pages import Page, Place, decode_cursor, encode_cursor
from vivavoce.features.voices.catalogue import KnownVoice

LISTED = "listed"


@frozen(kw_only=True)
class Search:
    """What is wanted. What is empty filters nothing."""

    page_size: int = 10
    cursor: str | None = None
    text: str = ""
    sort: str | None = None
    descending: bool = False
    voice_type: str = ""
    category: str = ""
    fine_tuning_state: str = ""
    collection_id: str = ""
    gender: str = ""
    age: str = ""
    accent: str = ""
    languages: Sequence[str] = ()
    use_cases: Sequence[str] = ()
    voice_ids: Sequence[str] = ()
    high_quality: bool = False

    def finds(self, voice: KnownVoice) -> bool:
        """Whether this is one of those that are wanted. Nothing here is fine-tuned, collected or studio quality."""
        return (
            not (self.fine_tuning_state or self.collection_id or self.high_quality)
            and self._is_of_type(voice)
            and self._has_labels(voice)
            and (not self.category or voice.category == self.category)
            and (not self.languages or not voice.languages.isdisjoint(self.languages))
            and (not self.voice_ids or voice.id in self.voice_ids)
            and (not self.text or self.text.casefold() in _words(voice))
        )

    def _has_labels(self, voice: KnownVoice) -> bool:
        labels = voice.labels
        wanted = {"gender": self.gender, "age": self.age, "accent": self.accent}
        if self.use_cases and labels.get("use_case") not in self.use_cases:
            return False
        return all(not value or labels.get(name) == value for name, value in wanted.items())

    def _is_of_type(self, voice: KnownVoice) -> bool:
        match self.voice_type:
            case "" | "non-community":
                return True
            case "default":
                return voice.own is None
            case "community":
                return False
            case _:  # personal, workspace, saved, non-default
                return voice.own is not None


def _words(voice: KnownVoice) -> str:
    return " ".join([voice.name, voice.description, voice.category, *voice.labels.values()]).casefold()


def found(voices: Sequence[KnownVoice], search: Search) -> tuple[Page[KnownVoice], int]:
    """One page of those that are wanted, and how many there are."""
    wanted = _sorted([voice for voice in voices if search.finds(voice)], search)
    begin = _begin(wanted, search)
    page = wanted[begin : begin + search.page_size]
    more = begin + search.page_size < len(wanted)
    cursor = encode_cursor(Place(_order(search), 0, page[-1].id)) if page and more else None
    return Page(page, cursor), len(wanted)


def _order(search: Search) -> str:
    return f"{search.sort or LISTED} {'desc' if search.descending else 'asc'}"


def _sorted(voices: list[KnownVoice], search: Search) -> list[KnownVoice]:
    match search.sort:
        case "name":
            voices.sort(key=lambda each: (each.name.casefold(), each.id), reverse=search.descending)
        case "created_at_unix":
            voices.sort(key=lambda each: each.created_at_seconds or 0, reverse=search.descending)
        case _:
            pass
    return voices


def _begin(voices: Sequence[KnownVoice], search: Search) -> int:
    if search.cursor is None:
        return 0
    last = decode_cursor(search.cursor, _order(search)).id
    for place, voice in enumerate(voices):
        if voice.id == last:
            return place + 1
    raise Invalid(
        ("query", "next_page_token"),
        "The voice that this page ended with is gone. Start again without a next_page_token.",
        type="cursor_invalid",
    )
