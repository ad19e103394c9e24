"""What is typed into the forms of the settings."""

CHAT = {
    "name": "Toko Laut",
    "key": "chat",
    "language": "id",
    "reopen_days": "7",
    "is_active": "on",
    "chat-is_live": "on",
    "chat-offer_seconds": "30",
    "chat-wait_seconds": "180",
    "chat-forget_days": "30",
}
