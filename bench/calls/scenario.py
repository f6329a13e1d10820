"""The conversation that every side holds: words, delays and lengths. Standard library only, because peers import it.

The caller asks and is answered in three sentences. One path of delays leads from the end of the question to the first
sound of the answer; nobody who waits for the whole path in order can be faster:

    question |<- ENDPOINT ->|<- FIRST_TOKEN ->|<- rest of the first sentence ->|<- FIRST_BYTE ->| answer

What a server takes beyond this path is *added latency*: its own work and its own policy. One that begins to think
before the endpoint, or to speak before the sentence is complete, may stay below it.
"""

import math

SAMPLE_RATE_HZ = 16_000
SAMPLE_BYTES = 2

ENDPOINT_MS = 200
"""Silence that ends the caller's turn in the `fast` profile."""
INTERIM_MS = 300
"""Speech heard before the ear has a first word."""
FINAL_MS = 150
"""Silence before the ear has its last one."""
LEAST_SPEECH_MS = 500
"""What is shorter has no words: a cough."""
FIRST_TOKEN_MS = 200
TOKEN_MS = 10
FIRST_BYTE_MS = 100
CHUNK_MS = 100
"""The voice makes its audio in such pieces ..."""
SPEED = 5.0
"""... so many times faster than they sound."""
SENTENCE_MS = 1500
"""Length of every sentence, whatever its words."""

FIRST_MESSAGE = "Hello there, this is the scripted agent speaking."
REPLY = (
    "Of course I can help you with that request. "
    "Your order left the warehouse early this morning. "
    "It should arrive at your door tomorrow afternoon."
)
QUESTION = "where is my order"
BACK_CHANNEL = "mhm"

REPLY_MS = 3 * SENTENCE_MS
FIRST_SENTENCE_MS = TOKEN_MS * (len(REPLY.split(".", 1)[0].split()) - 1)
SPOKEN_PATH_MS = FIRST_TOKEN_MS + FIRST_SENTENCE_MS + FIRST_BYTE_MS


def tokens() -> list[str]:
    """The reply as the mind streams it, word by word."""
    words = REPLY.split(" ")
    return [word if place == 0 else f" {word}" for place, word in enumerate(words)]


def path_ms(chunk_ms: float, trailing_silence_ms: float) -> float:
    """From sending the frame with the last of the speech to the first sound of the answer, at the least.

    A server learns of silence frame by frame, so that what is left of the endpoint after the silence inside the last
    frame of speech is a whole number of frames. With 20 ms frames that is the endpoint itself.
    """
    left = max(0.0, max(ENDPOINT_MS, FINAL_MS) - trailing_silence_ms)
    return math.ceil(left / chunk_ms - 1e-9) * chunk_ms + SPOKEN_PATH_MS
