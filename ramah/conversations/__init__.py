"""Threads with customers, whatever the channel.

Owns: inboxes, conversations, messages, notes, activities, attachments, mentions, tags, and the deliveries of outgoing messages.
Publishes: MessageReceived, ReplyPosted, NoteAdded, ConversationChanged, DeliveryChanged (see `events`).
Listens to: nothing.
Never: parses what a channel speaks, sends anything, or knows of SLA policies and orders.
"""
