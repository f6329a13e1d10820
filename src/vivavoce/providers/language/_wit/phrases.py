"""What people say to each other whatever the trade, and what is said back.

Patterns are tried on the whole of what was said, in the order of `ACTS`: who says goodbye means that before anything
else. English has all of them; for a few other languages there are the most frequent ones and their answers.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from vivavoce.base.frozen import frozen
from vivavoce.providers.language._wit.words import spelled, stems

Act = Literal[
    "untranscribed", "never_mind", "goodbye", "human", "wait", "repeat", "prompt", "yes", "no", "how_are_you", "who",
    "able", "name", "introduction", "thanks", "greeting",
]  # fmt: skip

_HUMAN = (
    r"(?:human|person|people|someone|somebody|agent|representative|rep|operator|colleague|manager|supervisor|"
    r"advisor|adviser|"
    r"employee|member of (?:the )?staff|staff|receptionist|boss)"
)

INTRODUCTION = re.compile(
    r"^\W*(?:(?:hi|hello|hey)\b\W*)?(?:my name is|my name's|i am called|call me|this is)\s+(?P<name>[\w'-]+)"
    r"(?:\s+[\w'-]+)?(?:\s+speaking)?\W*$",
    re.IGNORECASE,
)
_PATTERNS: Sequence[tuple[Act, str]] = (
    ("untranscribed", r"could not be transcribed"),
    (
        "never_mind",
        r"\b(?:never ?mind|forget (?:it|about it)|leave it|cancel that|changed my mind|stop it|don't bother)\b",
    ),
    (
        "goodbye",
        r"\b(?:good ?bye|bye(?:[ -]?bye)?|see you(?: (?:later|soon|then))?|hang up|end (?:the|this) (?:call|chat)|"
        r"farewell|"
        r"that's (?:all|it|everything)\b(?! (?:you|i) )|that is all|that will be all|that'll be all|nothing else|"
        r"have a (?:nice|good|great|lovely) "
        r"(?:day|one|evening|weekend|night)|talk to you later|i'm (?:all )?(?:done|set|good)|take care)\b|"
        r"^\W*(?:tschüss|tschüs|auf wiederhören|adiós|adios|au revoir|arrivederci|ciao|tchau|adeus|tot ziens|doei)\b",
    ),
    (
        "who",
        r"\b(?:who|what) (?:are|am i) (?:you|talking to|speaking (?:to|with))\b|\bwho(?:'s| is) this\b|"
        r"\bare you (?:an? )?(?:real|human|"
        r"bot|ai|a\.i\.|machine|robot|model|computer|recording|person|chatbot)\b|\bam i (?:talking|"
        r"speaking) (?:to|with)\b",
    ),
    (
        "human",
        rf"\b(?:speak|talk|chat|connect|connected|transfer|transferred|put|pass|through|reach|get|want|need|give|have|prefer|"
        rf"rather)\b.{{0,40}}\b(?:a |an |the |your |some |real |actual |live |human |another |with |to )*\b{_HUMAN}\b"
        rf"(?! (?:number|id))|"
        rf"\b(?:real|live|actual) {_HUMAN}\b(?! are)|^\W*(?:{_HUMAN}|operator)(?: please)?\W*$|"
        r"\bhuman being\b|\b(?:hate|sick of|tired of|don't want) .{0,20}\b(?:bots?|machines?|robots?)\b",
    ),
    (
        "wait",
        r"^\W*(?:(?:ok(?:ay)?|yes|uh|um|oh|please|can you|could you)[, ]+)*(?:wait|hold on|hang on|one (?:moment|"
        r"second|sec|minute)|"
        r"just a (?:moment|second|sec|minute)|give me a (?:moment|second|sec|minute)|let me (?:check|look|find|"
        r"get|grab|think))\b",
    ),
    (
        "repeat",
        r"\b(?:repeat|say) (?:that|it|this|what you said)(?: again| once more)?\b|\bsay again\b|\bcome again\b|"
        r"\b(?:didn't|couldn't|did not|could not) (?:quite )?(?:hear|catch|get|understand) (?:that|you|it|what)\b|"
        r"\bonce more\b|^\W*(?:sorry\W+)?i (?:don't|do not|didn't|did not) (?:understand|follow|get it)\W*$|"
        r"^\W*(?:sorry|pardon|excuse me|what|huh|come again|what was that|what did you say)(?: (?:me|what))?\W*$",
    ),
    (
        "prompt",
        r"\b(?:system|initial|original|secret|hidden|your) (?:prompt|instructions?|rules|guidelines)\b|"
        r"\bignore (?:all |your |the )?(?:previous |prior |other )?(?:instructions|rules)\b|\bwhat were you told\b",
    ),
    (
        "yes",
        r"^\W*(?:yes|yeah|yep|yup|sure|ok(?:ay)?|right|correct|exactly|please do|go ahead|do it|of course|"
        r"absolutely|definitely|that's (?:right|correct|fine)|sounds good|perfect|fine|please|i do|ja|sí|si|oui|sim)"
        r"(?:[\s,.!]+(?:yes|please|thanks|thank you|that's (?:right|correct|fine)|that works|do it|do that|"
        r"go ahead|it is|exactly|correct|"
        r"right|sure|perfect|great|sounds good|i would|i do))*\W*$",
    ),
    (
        "no",
        r"^\W*(?:no|nope|nah|not really|no way|not (?:yet|now|quite)|i don't|wrong|that's (?:wrong|not right)|"
        r"nein|non|não)"
        r"(?:[\s,.!]+(?:no|thanks|thank you|that's (?:wrong|not right|not correct)|wrong|not really|i'm good|"
        r"i don't|it isn't|it's not|"
        r"not right|don't|stop))*\W*$",
    ),
    ("how_are_you", r"\bhow (?:are|'re) you\b|\bhow do you do\b|\bhow(?:'s| is) it going\b|\bhow have you been\b"),
    ("name", r"\b(?:what(?:'s| is)|do you have|tell me) (?:your|a) name\b|\bwhat are you called\b"),
    (
        "able",
        r"\bwhat (?:can|do|could) you (?:do|help|offer me|know)\b(?! (?:about|if|when))|\bhow (?:can|could) you help\b|"
        r"\bwhat (?:can|should) i (?:ask|say|do)\b|^\W*(?:please )?help(?: me)?\W*$|\bwhat are (?:my|the) options\b",
    ),
    ("introduction", INTRODUCTION.pattern),
    (
        "thanks",
        r"\b(?:thanks|thank you|cheers|much appreciated|appreciate it|danke|gracias|merci|grazie|obrigad[oa]|"
        r"bedankt)\b",
    ),
    (
        "greeting",
        r"^\W*(?:hi|hello|hey|hiya|howdy|good (?:morning|afternoon|evening|day)|greetings|hallo|guten (?:tag|"
        r"morgen|abend)|hola|"
        r"buenos días|buenas|bonjour|bonsoir|buongiorno|ciao|olá|bom dia|goedendag|goedemorgen)\b",
    ),
)
ACTS: Sequence[tuple[Act, re.Pattern[str]]] = [(act, re.compile(pattern, re.IGNORECASE)) for act, pattern in _PATTERNS]

_COURTESY = re.compile(
    r"^\W*(?:(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|there|ada|thanks|thank you|so much|very much|"
    r"great|perfect|ok(?:ay)?|"
    r"all right|alright|well|so|um+|uh+|yes|yeah|please|sorry|excuse me|actually|great|wonderful|got it|i see|"
    r"and|(?:wait|hold on|hang on|stop|one|just)(?: (?:(?:a|one) )?(?:moment|second|sec|minute))?"
    r"(?=[,.;!]|\s+[-–—]\s))\b[\s,.;!–—-]*)+",
    re.IGNORECASE,
)


_BUILDING = re.compile(
    r"\b(?:build|create|make|design|set up|write|configure|develop|test|try(?: out)?)(?:ing)?\b.{0,30}\bagents?\b",
    re.IGNORECASE,
)
"""An agent that somebody wants to make is no human that they want to talk to."""


_CLAUSE = re.compile(r"[,.;!?]+\s+|\s+[-–—]+\s+")


def act_in(said: str) -> Act | None:
    """What is done by saying it, if it is one of these."""
    denied = {"human"} if _BUILDING.search(said) else set[Act]()
    if any(map(_QUESTION.match, _CLAUSE.split(said)[1:])):
        # Who asks after that wants an answer, and no pause.
        denied.add("wait")
    return next((act for act, pattern in ACTS if act not in denied and pattern.search(said)), None)


def matter_in(said: str) -> str:
    """What was said, without the courtesies before it; empty if that was all."""
    bare = _COURTESY.sub("", said).strip()
    return bare if stems(bare) or is_question(bare) else ""


_QUESTION = re.compile(
    r"^\W*(?:(?:and|so|but|ok(?:ay)?|well|um|uh|sorry|please|tell me|do you know|can you tell me|"
    r"could you tell me|i(?:'d| would) like to "
    r"know|i want to know|i was wondering|i wonder)\b[\s,]*)*(?:what|when|where|who|whom|whose|which|why|how|do|"
    r"does|did|is|are|was|were|"
    r"can|could|will|would|should|may|has|have|if|whether)\b",
    re.IGNORECASE,
)


def is_question(said: str) -> bool:
    """Whether it asks for something to be told."""
    return said.rstrip().endswith("?") or bool(_QUESTION.match(said))


# ---------------------------------------------------------------------------------------------------------------
# Other languages


@frozen
class Tongue:
    """The few sentences that are said in another language."""

    name: str
    own_name: str
    telling: frozenset[str]
    hello: str
    unknown: str
    welcome: str
    goodbye: str
    gladly: str


def _tongue(name: str, own_name: str, telling: str, *said: str) -> Tongue:
    return Tongue(name, own_name, frozenset(telling.split()), *said)


TONGUES: Mapping[str, Tongue] = {
    "de": _tongue(
        "german", "deutsch",
        "guten hallo tag ich ist nicht das ein eine und wie wann wo haben sie mir mein meine bitte können "
        "danke für was möchte",
        "Hallo! Was kann ich für Sie tun?", "Das weiß ich leider nicht.", "Gern geschehen.", "Auf Wiederhören!",
        "Gern, auf Deutsch. Wie kann ich helfen?",
    ),
    "es": _tongue(
        "spanish", "español",
        "hola buenas buenos el los una que es por para con dónde cuándo cómo quiero mi gracias está tienen "
        "qué cuánto puedo señor",
        "¡Hola! ¿En qué puedo ayudarle?", "Lo siento, eso no lo sé.", "De nada.", "¡Adiós!",
        "Con gusto, en español. ¿En qué puedo ayudarle?",
    ),
    "fr": _tongue(
        "french", "français",
        "bonjour salut je le les une est pas vous que où quand comment mon ma pour avec merci voudrais avez "
        "puis s'il quelle",
        "Bonjour ! Que puis-je faire pour vous ?", "Je suis désolé, je ne le sais pas.", "Je vous en prie.",
        "Au revoir !",
        "Volontiers, en français. Que puis-je faire pour vous ?",
    ),
    "it": _tongue(
        "italian", "italiano",
        "ciao buongiorno il gli che è per con dove quando come vorrei mio mia grazie sono avete posso quanto "
        "della",
        "Buongiorno! Come posso aiutarla?", "Mi dispiace, non lo so.", "Prego.", "Arrivederci!",
        "Volentieri, in italiano. Come posso aiutarla?",
    ),
    "pt": _tongue(
        "portuguese", "português",
        "olá bom dia os uma que é para com onde quando como eu quero meu minha obrigado obrigada está vocês "
        "posso não",
        "Olá! Em que posso ajudar?", "Desculpe, isso eu não sei.", "De nada.", "Até logo!",
        "Com prazer, em português. Em que posso ajudar?",
    ),
    "nl": _tongue(
        "dutch", "nederlands",
        "goedendag ik het een niet van wat waar wanneer hoe mijn graag hebben jullie bedankt kan voor deze",
        "Hallo! Wat kan ik voor u doen?", "Dat weet ik helaas niet.", "Graag gedaan.", "Tot ziens!",
        "Graag, in het Nederlands. Wat kan ik voor u doen?",
    ),
}  # fmt: skip
_MORE_NAMES = {
    **dict.fromkeys(("english", "englisch", "inglés", "anglais", "inglese"), "en"),
    **dict.fromkeys(("chinese", "mandarin"), "zh"),
    **{
        "polish": "pl",
        "japanese": "ja",
        "hindi": "hi",
        "turkish": "tr",
        "arabic": "ar",
        "russian": "ru",
        "korean": "ko",
    },
}
_ENOUGH_TELLING = 2
_SWITCH = re.compile(
    r"\b(?:speak|talk|in|switch|change|parl\w+|sprech\w+|habl\w+|auf|en|fala\w*|spre\w+)\b", re.IGNORECASE
)


def tongue_of(said: str) -> str:
    """The language of a text, as its small words tell; English if they do not."""
    words = spelled(said)
    counts = {code: sum(word in tongue.telling for word in words) for code, tongue in TONGUES.items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] >= min(_ENOUGH_TELLING, max(1, len(words) - 1)) else "en"


def tongue_wanted(said: str) -> str | None:
    """The language that somebody asks for by its name."""
    names = {name: code for code, tongue in TONGUES.items() for name in (tongue.name, tongue.own_name)} | _MORE_NAMES
    named = next((names[word] for word in spelled(said) if word in names), None)
    return named if named and (_SWITCH.search(said) or len(spelled(said)) <= 3) else None
