"""Parcels on their way to customers.

Owns: shipments and what is in them.
Publishes: `shipment.handed_over`, `shipment.delivered`.
Listens to: nothing.
Never: decides whether an order may leave; `commerce` does, and keeps how many pieces have.
"""
