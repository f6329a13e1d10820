"""Agents: documents, versions, branches, and what a document means for a call.

`document/` holds the wire models of an agent and its defaults.
"""
