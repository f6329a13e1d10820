"""The workspace: who may come in, and what all agents of a workspace share.

    tables         the relational tables of people and keys
    identity       first run, login links, sessions, and the caller behind every key (`Identity`)
    keys           API keys and the service accounts that own some of them
    members        people in a workspace, invites, groups
    audit          who did what to which thing, when, from where; never content
    secrets        values that are sealed and never shown again
    environments   environment variables and the environments they differ in
    connections    auth connections: how to sign requests to other people's servers
    settings       defaults for every agent of the workspace, and the dashboard's charts

People and keys are relational because a key's hash is looked up before any workspace is known. Everything else is
documents, where every call names its workspace. Webhooks are their own feature beside this one.
"""
