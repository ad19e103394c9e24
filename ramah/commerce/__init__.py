"""What is sold and bought.

Owns: products and variants, orders with their lines, addresses, history, payments and refunds; bringing them in from files.
Publishes: `order.placed`, `order.imported`, `order.state_changed`, `payment.recorded`, `refund.recorded`.
Listens to: nothing.
Never: moves money or parcels; it records what happened to them.
"""
