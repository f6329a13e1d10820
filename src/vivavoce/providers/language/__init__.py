"""Minds: a file for each kind of language model. What they answer to is `ports.language.Language`."""
