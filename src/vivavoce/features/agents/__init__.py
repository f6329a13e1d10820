"""Agents: documents, versions, branches, and what a document means for a call.

    document/        the wire models of an agent, its defaults, older spellings
    records store    what is stored, how it is read, how a branch moves
    service          agents: made, read, listed, changed, copied, deleted; what other features may use
    branching        branches: made, merged, rebased; `drafts` and `deployments` beside it
    joining merge lineage traffic    what those rest on; all but `joining` are pure
    references checks                what a document uses of its workspace; refuses what is not there
    compile plan/    pure: document + overrides + variables -> the engine's frozen Plan
    access widget avatars pictures   who may talk to an agent; what a web page needs to show it
    talk             what the talk page needs
    costs sample     what an agent costs; Ada, who is there after the first start
    render people activity    agents as the contract shows them

What a conversation does with a plan lives in `live` and `features/conversations`; tools, voices, models and documents
of the knowledge base are features of their own, below this one.
"""
