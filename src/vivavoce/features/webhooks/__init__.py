"""Workspace webhooks: where the workspace tells other servers what happened, and the secret that signs it.

Here are the records: who is told, with which headers, signed with what. Telling them comes with what there is to tell.
"""
