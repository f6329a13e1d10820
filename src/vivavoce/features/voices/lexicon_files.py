"""Pronunciation dictionaries as files: the W3C's Pronunciation Lexicon Specification (PLS 1.0), read and written."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import escape, quoteattr

from vivavoce.base.errors import Invalid
from vivavoce.base.json import Body, Json

NAMESPACE: Final = "http://www.w3.org/2005/01/pronunciation-lexicon"
LARGEST_BYTES: Final = 1024 * 1024
_LOC = ("body", "file")


def read_lexicon(data: bytes) -> list[Body]:
    """The rules in a PLS file."""
    # Entities could make much of little, and lexicons need none.
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Invalid(_LOC, "A lexicon may not declare a document type or entities.", type="lexicon_unreadable")
    try:
        root = Xml.fromstring(data)  # noqa: S314 - without declarations there is nothing to expand
    except (Xml.ParseError, ValueError, LookupError):
        raise _unreadable() from None
    if _tag(root) != "lexicon":
        raise _unreadable()
    return list(_rules(root))


def _rules(root: Xml.Element) -> Iterator[Body]:
    alphabet = root.get("alphabet", "ipa")
    for lexeme in (each for each in root if _tag(each) == "lexeme"):
        said = _said(lexeme, alphabet)
        for grapheme in (each for each in lexeme if _tag(each) == "grapheme"):
            written = _text(grapheme)
            if written and said is not None:
                yield {"string_to_replace": written, "case_sensitive": True, "word_boundaries": True, **said}


def _said(lexeme: Xml.Element, alphabet: str) -> Body | None:
    """How a lexeme is said: its first alias, else its first phoneme."""
    for kind in ("alias", "phoneme"):
        for each in lexeme:
            if _tag(each) != kind or not _text(each):
                continue
            if kind == "alias":
                return {"type": kind, "alias": _text(each)}
            return {"type": kind, "phoneme": _text(each), "alphabet": each.get("alphabet", alphabet)}
    return None


def _tag(element: Xml.Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: Xml.Element) -> str:
    return "".join(element.itertext()).strip()


def _unreadable() -> Invalid:
    return Invalid(
        _LOC,
        "This is no pronunciation lexicon. It is an XML file whose root is <lexicon>, with a <lexeme> for each word.",
        type="lexicon_unreadable",
    )


def written_lexicon(rules: Sequence[Mapping[str, Json]]) -> str:
    """A PLS file with these rules."""
    lexemes = "".join(_lexeme(rule) for rule in rules)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<lexicon version="1.0" xmlns="{NAMESPACE}" alphabet="ipa" xml:lang="en">\n{lexemes}</lexicon>\n'
    )


def _lexeme(rule: Mapping[str, Json]) -> str:
    if rule["type"] == "alias":
        said = f"<alias>{escape(rule['alias'])}</alias>"
    else:
        said = f"<phoneme alphabet={quoteattr(rule['alphabet'])}>{escape(rule['phoneme'])}</phoneme>"
    return f"  <lexeme>\n    <grapheme>{escape(rule['string_to_replace'])}</grapheme>\n    {said}\n  </lexeme>\n"
