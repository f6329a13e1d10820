"""Moderators: a file for each way to judge texts. What they answer to is `ports.moderation.Moderator`."""
