"""Puts the services of voices and speech together, once for `app` and the tests alike."""

from collections.abc import Callable, Mapping

from vivavoce.base.frozen import frozen
from vivavoce.features.voices.casting import WorkspaceCasting
from vivavoce.features.voices.catalogue import Catalogue
from vivavoce.features.voices.dictation import Dictations
from vivavoce.features.voices.dictionaries import DICTIONARIES, VERSIONS, Dictionaries
from vivavoce.features.voices.own import SETTINGS, VOICES, OwnVoices
from vivavoce.features.voices.previews import Previews
from vivavoce.features.voices.saying import Compute, Saying
from vivavoce.features.voices.tickets import TICKETS, Tickets
from vivavoce.features.workspace.service import AuditLog
from vivavoce.live.hearing import Senses
from vivavoce.ports.clock import Clock
from vivavoce.ports.conversion import Conversion
from vivavoce.ports.documents import Documents
from vivavoce.ports.voice import ListedVoices

KINDS = (VOICES, SETTINGS, DICTIONARIES, VERSIONS, TICKETS)
"""Every kind of document of the feature."""


@frozen
class Outside:
    """What voices stand on."""

    documents: Documents
    clock: Clock
    audit: AuditLog
    voices: Callable[[], ListedVoices]
    """Those there are now."""
    conversion: Conversion
    compute: Compute
    senses: Callable[[], Senses]
    lacks_ear: Callable[[], str]
    """Why nobody here is understood; nothing where that is not so."""


@frozen
class VoiceServices:
    """Every service of the feature."""

    catalogue: Catalogue
    saying: Saying
    previews: Previews
    dictations: Dictations
    dictionaries: Dictionaries
    casting: WorkspaceCasting
    tickets: Tickets

    @classmethod
    def over(cls, outside: Outside) -> "VoiceServices":
        """The services over these stores and providers."""
        own = OwnVoices(outside.documents, outside.audit)
        catalogue = Catalogue(outside.voices, own, outside.clock)
        dictionaries = Dictionaries(outside.documents, outside.clock, outside.audit)
        saying = Saying(outside.voices, catalogue, dictionaries, outside.conversion, outside.compute)
        return cls(
            catalogue=catalogue,
            saying=saying,
            previews=Previews(catalogue, saying),
            dictations=Dictations(outside.senses, outside.lacks_ear, outside.conversion),
            dictionaries=dictionaries,
            casting=WorkspaceCasting(own, dictionaries),
            tickets=Tickets(outside.documents, outside.clock),
        )

    def by_type(self) -> Mapping[type, object]:
        """The services as routes ask for them."""
        each = (self.catalogue, self.saying, self.previews, self.dictations, self.dictionaries, self.tickets)
        return {type(service): service for service in each}
