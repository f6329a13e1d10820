"""Voices, and speech beside calls: the catalogue of voices, text to speech, speech to text, pronunciation dictionaries.

A voice is either in stock, a provider's own, the same for every workspace; or a workspace's own, made from one in
stock. How a provider speaks lives in `providers/voice`, whose an id is in `providers/voices.py`; how a call sounds in
`live/speaking.py`. Cloning a voice from recordings is nothing that a provider here can do.
"""
