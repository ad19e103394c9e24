"""Telling customers before they ask: rules, notices, the choices in them and what became of those.

Owns: rules and their dry runs, notices and their causes, choices, preferences, suppression, outcomes.
Publishes: `notice.sent`, `notice.chosen`.
Listens to: what happens to parcels, promises, orders and payments.
Never: sends by itself (a notice is a message of the customer's conversation, which goes out as all others), tells one cause
twice, or tells anything in a customer's night.
"""
