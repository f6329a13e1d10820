"""A short sentence in each voice, spoken when somebody first wants to hear it and kept in memory."""

from collections import OrderedDict
from typing import Final

from vivavoce.base.json import Json
from vivavoce.features.voices.catalogue import Catalogue, KnownVoice
from vivavoce.features.voices.encoding import output_format, whole
from vivavoce.features.voices.saying import Saying, Wanted

MOST_KEPT: Final = 200
FORMAT: Final = "mp3_44100_64"

SENTENCES: Final = {
    "de": "Hallo, ich bin {name}. So klinge ich, wenn wir miteinander sprechen.",
    "en": "Hello, I am {name}. This is how I sound when we talk.",
    "es": "Hola, soy {name}. Así sueno cuando hablamos.",
    "fr": "Bonjour, je suis {name}. Voici ma voix quand nous parlons.",
    "it": "Ciao, sono {name}. Ecco come suono quando parliamo.",
    "pt": "Olá, eu sou {name}. É assim que soo quando conversamos.",
}

Kept = tuple[str, str, str]


class Previews:
    """The sentences."""

    def __init__(self, catalogue: Catalogue, saying: Saying) -> None:
        self._catalogue = catalogue
        self._saying = saying
        self._kept: OrderedDict[Kept, bytes] = OrderedDict()

    async def require(self, workspace_id: str, voice_id: str) -> KnownVoice:
        """The voice; `NotFound` if there is none."""
        return await self._catalogue.get(workspace_id, voice_id)

    async def get(self, workspace_id: str, voice_id: str) -> bytes:
        """A voice's sentence, as MP3."""
        voice = await self.require(workspace_id, voice_id)
        key = (voice.stock.voice_id, voice.name, repr(sorted(voice.settings.items())))
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = await self._spoken(workspace_id, voice)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return kept

    async def _spoken(self, workspace_id: str, voice: KnownVoice) -> bytes:
        language: Json = voice.labels.get("language", "en")
        sentence = SENTENCES.get(language.split("-")[0], SENTENCES["en"]).format(name=voice.name)
        format = output_format(FORMAT)
        wanted = Wanted(workspace_id=workspace_id, voice_id=voice.id, format=format, language=language)
        said = await self._saying.whole(wanted, await self._saying.find(wanted), sentence)
        return await self._saying.compute(lambda: whole(format, bytes(said.pcm)))
