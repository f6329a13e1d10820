"""The people of a workspace: members with their roles, invites, groups.

How somebody signs in is next door in `identity`, what they may do in `permissions`, one folder up.
"""
