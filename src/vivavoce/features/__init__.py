"""The product, one bounded context per folder; every folder has the same file names.

    schema    the wire's shapes: names, types, defaults and limits of the contract
    routes    HTTP in, HTTP out, nothing decided
    service   what the feature does; the only module that other features import
    store     its tables or document kinds
    jobs      work it does later

Features are layers too: imports point to lower numbers only.

    1  workspace, and above it webhooks
    2  models
    3  agents
    4  conversations

What every request shares (authentication, errors, pages) lives in `api`, what is stored how in `storage`.
"""
