"""Agents: documents, versions, branches, and what a document means for a call.

    document/      the wire models of an agent, its defaults, older spellings
    records        what is stored: agents, branches, versions, contents, drafts, deployments
    store          reading them and moving branches
    service        agents: made, read, listed, changed, copied, deleted
    branching      branches: made, merged, rebased; drafts and deployments beside it
    merge lineage  pure: the three-way merge, the family tree of versions
    references     what a document uses of its workspace; `checks` refuses what is not there
    widget         what a web page needs to show an agent
    compile        pure: document + overrides + variables -> the engine's frozen Plan

What a conversation does with a plan lives in `live` and `features/conversations`; tools, voices, models and documents
of the knowledge base are features of their own, below this one.
"""
