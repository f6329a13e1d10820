"""The people of a workspace: members with their roles, invites, groups."""
