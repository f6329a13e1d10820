"""What other features, commands and the composition root may use of conversations."""

from vivavoce.features.conversations.history import KIND, Conversations
from vivavoce.features.conversations.records import Circumstances, ConversationRecords, LiveRecord
from vivavoce.features.conversations.store import Conversation

__all__ = ["KIND", "Circumstances", "Conversation", "ConversationRecords", "Conversations", "LiveRecord"]
