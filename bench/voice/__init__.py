"""Spoken calls offline: what callers wait, what hearing and speaking cost, and how well what was said is understood.

    ./dev bench voice              everything (about 15 minutes)
    ./dev bench voice --quick      a smaller run (4 minutes) that shows whether something went wrong
    ./dev bench voice --only ears  some parts: stack, voices, ears, peers, one, crowd
    ./dev bench voice --publish    ... and write the figures into docs/reference/figures.md, as far as they are valid

Ours is what an installation has without a key and a network: `vivavoce serve` as people start it, with the local voice
activity, turn model, ears and voices. The models are fetched first, if they are not there.

    stack    one process that loads all of it: how long that takes, and how much memory it has
    voices   each voice: how many times faster than sound, and when its first audio is there
    ears     each ear: processor time for a sentence; wrong words in each condition of the line
    peers    faster-whisper with its window of 30 s, and Pipecat's local services, on the same sentences
    one      a server on all cores and one caller: from the end of a question to the first sound of the answer
    crowd    a server on one core and twelve callers on another

A row during which the machine stalled is not valid (`talking.py`) and is measured once more; `publishing.py` says what
comes onto the page.

What is expected stands in `verdicts.py`; README.md says what each figure means.
"""

import os

# As every process of a server has it, from before numpy is loaded: each inference is one thread's.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
