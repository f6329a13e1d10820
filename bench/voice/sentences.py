"""What is said: questions of callers, an answer of the agent, and the lines that they come over."""

from collections.abc import Callable, Mapping

from tests.voice.sound import in_noise, over_the_telephone

QUESTIONS = (
    "Where is my order? It should have arrived on Monday.",
    "Can you tell me when the restaurant opens on Sunday morning?",
    "I would like to change the delivery address of my order, please.",
    "How much does the blue jacket cost, and do you have it in large?",
    "My daughter has a fever and I need to see a doctor today.",
    "Please cancel my appointment and send me a message about it.",
    "I have been waiting for an answer since the beginning of the week.",
    "The train was late again, so I missed my connection in Berlin.",
    "What do I have to do if I forget the password of my account?",
    "Could you explain to me why the last bill was so high?",
    "Is there a table for four people near the window this evening?",
    "Thank you very much, that was all I wanted to know.",
)
ANSWER = "Your order left the warehouse this morning, and it will be at your door tomorrow afternoon."
"""About five seconds of speech; its first sentence is all of it."""
FIRST_MESSAGE = "Hello, how can I help you?"
SPEAKERS = ("heart", "low", "male", "deep", "high")
TWELVE_WORDS = "Your table for two is booked for seven o'clock tomorrow evening."

LINES: Mapping[str, Callable[[bytes], bytes]] = {
    "clear": lambda pcm: pcm,
    "telephone": over_the_telephone,
    "noise 10 dB": lambda pcm: in_noise(pcm, 10.0),
    "noise 5 dB": lambda pcm: in_noise(pcm, 5.0),
    "telephone, noise 10 dB": lambda pcm: over_the_telephone(in_noise(pcm, 10.0)),
}
"""From clear to bad: each takes PCM at 16 kHz and gives what arrives."""
