"""The agent workspace: what agents work in, and what is promised to whoever writes.

Owns: SLA policies, drafts, the pages of the desk and their live updates.
Publishes: nothing.
Listens to: MessageReceived, ReplyPosted, ConversationChanged, ConversationResolved (promises, acknowledgement, nudges).
Never: talks to a mail server, or decides who may see a conversation (its door does).
"""
