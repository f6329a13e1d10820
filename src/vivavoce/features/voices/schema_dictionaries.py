"""Pronunciation dictionaries on the wire."""

from typing import Annotated, Any, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, OneOf, Wire, unsent
from vivavoce.base.json import Body
from vivavoce.features.voices.dictionaries import MOST_RULES, created_at_seconds
from vivavoce.ports.clock import SECOND
from vivavoce.ports.documents import Document

Name = Annotated[str, Field(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=2000)]
Written = Annotated[str, Field(min_length=1, max_length=200)]
Access = Literal["admin", "editor", "commenter", "viewer"]


class AliasRule(Wire):
    """Something that is said as if something else were written."""

    type: Literal["alias"] = "alias"
    string_to_replace: Written
    alias: Annotated[str, Field(max_length=500)]
    case_sensitive: Flag = True
    word_boundaries: Flag = True


class PhonemeRule(Wire):
    """Something that sounds like this."""

    type: Literal["phoneme"] = "phoneme"
    string_to_replace: Written
    phoneme: Annotated[str, Field(min_length=1, max_length=500)]
    alphabet: Annotated[str, Field(min_length=1, max_length=50)]
    case_sensitive: Flag = True
    word_boundaries: Flag = True


Rule = Annotated[Wire, OneOf("type", AliasRule, PhonemeRule)]
Rules = Annotated[list[Rule], Field(max_length=MOST_RULES)]


class NewDictionary(Wire):
    """A dictionary made from rules."""

    name: Name
    rules: Rules
    description: Description | None = None
    workspace_access: Access | None = None


class DictionaryChange(Wire):
    """What can be changed of one."""

    name: Name = unsent()
    archived: Flag = unsent()


class RulesChange(Wire):
    """Rules to add, or to have instead."""

    rules: Rules


class RulesRemoval(Wire):
    """The texts whose rules go."""

    rule_strings: Annotated[list[Written], Field(max_length=MOST_RULES)]


class AddPronunciationDictionaryResponseModel(Wire):
    """A dictionary that was just made."""

    id: str
    name: str
    created_by: str
    creation_time_unix: int
    version_id: str
    version_rules_num: int
    description: str | None
    permission_on_resource: Access | None


class PronunciationDictionaryRulesResponseModel(Wire):
    """A dictionary's newest version."""

    id: str
    version_id: str
    version_rules_num: int


class GetPronunciationDictionaryMetadataResponseModel(Wire):
    """A dictionary without its rules."""

    id: str
    latest_version_id: str
    latest_version_rules_num: int
    name: str
    permission_on_resource: Access | None
    created_by: str
    creation_time_unix: int
    archived_time_unix: int | None
    description: str | None


class GetPronunciationDictionaryWithRulesResponseModel(GetPronunciationDictionaryMetadataResponseModel):
    """A dictionary."""

    rules: list[Any]


class GetPronunciationDictionariesMetadataResponseModel(Wire):
    """A page of dictionaries."""

    pronunciation_dictionaries: list[GetPronunciationDictionaryMetadataResponseModel]
    next_cursor: str | None
    has_more: bool


def made_body(document: Document) -> Body:
    """A dictionary that was just made."""
    body = document.body
    return {
        "id": document.id,
        "name": body["name"],
        "created_by": body["created_by"],
        "creation_time_unix": created_at_seconds(document),
        "version_id": body["latest_version_id"],
        "version_rules_num": body["latest_version_rules_num"],
        "description": body["description"],
        "permission_on_resource": "admin",
    }


def metadata_body(document: Document) -> Body:
    """A dictionary without its rules."""
    body = document.body
    archived_at: int | None = body["archived_at"]
    return {
        "id": document.id,
        "latest_version_id": body["latest_version_id"],
        "latest_version_rules_num": body["latest_version_rules_num"],
        "name": body["name"],
        "permission_on_resource": "admin",
        "created_by": body["created_by"],
        "creation_time_unix": created_at_seconds(document),
        "archived_time_unix": None if archived_at is None else archived_at // SECOND,
        "description": body["description"],
    }


def version_body(document: Document) -> Body:
    """Its newest version."""
    return {
        "id": document.id,
        "version_id": document.body["latest_version_id"],
        "version_rules_num": document.body["latest_version_rules_num"],
    }
