"""Journals of calls, replayed on every commit.

A recording is a journal as it is stored with a conversation. Replaying it must yield the same commands: whoever changes
what the engine decides sees here which calls that changes, and accepts it on purpose, in the same commit:

    python -m tests.recordings.approve            accepts the present decisions in all recordings
    python -m tests.recordings.approve --record   makes the scripted ones anew as well
"""
