"""What every app stands on, and nothing that knows a shop.

Owns: public ids, money, the clock, actors, domain events and their outbox, claims on work rows, the audit log, the
registries of panels and personal data, encryption of secrets.
Publishes: nothing. Listens to: nothing.
Never: imports another app; holds a rule about customers, orders or conversations.
"""
