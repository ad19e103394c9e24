"""Ramah: the customer-service system of an online shop. Where things stand: ARCHITECTURE.md."""
