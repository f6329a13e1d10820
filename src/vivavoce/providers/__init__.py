"""Providers: whoever thinks, hears and speaks for the calls, one file for each vendor or model.

A provider is a module in the folder of what it does, and its file name is its name:

    language/   minds: language models that stream text and tool calls      (`ports.language.Language`)
    speech/     ears and voice activity                                     (`ports.speech.Ear`, `VoiceActivity`)
    voice/      voices: text in, audio out                                  (`ports.voice.Voice`)
    embedding/  texts become rows of numbers, near each other if alike      (`ports.embedding.Embedder`)
    moderation/ whether a text is what a call is to be kept free of         (`ports.moderation.Moderator`)

Such a module holds one `PROVIDER` (`registry.Provider`): its role, a sentence about it, its options as a pydantic
model with a sentence each, and how to make it from them. That is all there is to adding one: the registry finds the
file by its name, the settings check its options, the reference page lists them. A name that begins with an underscore
belongs to a neighbour and is no provider.

The rules:

- A module is imported when it is first named, and imports its vendor's library when it is first used, so that
  `--help` and the start of a server pay for nothing that nobody configured.
- A provider keeps no state of a call outside the block that it was opened with, and blocks no loop: what computes does
  so in a thread of its own.
- What leaves the machine goes through `ports.outbound`, and an error says what happened without a key or an address's
  password in it.
- Names on the contract's side (models, voices, languages) are the contract's; a provider maps them to its own.

`assembly` makes what a process's calls share out of the settings, with an honest stand-in where nothing is configured.
What lives elsewhere: the ports with their doubles in `ports/`, the life of a call in `live/`, the catalogue of models
that people see in `features/models`.
"""
