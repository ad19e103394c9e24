"""What is sold and bought.

Owns: the catalog with its stock, reviews and questions; what lists and search read; carts and vouchers; terms of selling and
delivery; orders with lines, addresses, history, payments, refunds and invoices; alerts; imports from files.
Publishes: `order.placed`, `order.imported`, `order.state_changed`, `order.address_changed`, `payment.recorded`,
`refund.recorded`, `product.changed`, `variant.stock_changed`, `variant.price_changed`, `alerts.due`.
Listens to: its own catalog events (lists and search follow), payments and parcels (an invoice gets its number).
Never: moves parcels (`shipping`), writes to customers (`storefront`), or lets a price come from a form.

Rooms. Pure rules lie beside this file: `pricing` (all totals), `delivery_quotes` (cost and promised days), `address_fields` and
`regions`, `order_states`, `order_steps` and `order_changes` (who may do what, when), `listing_index` and its `listing_*`
(lists in memory), `search_words`, `likeness` (what goes beside what), `pictures`, `invoice_paper`. Rows: `models/`. Reads:
`queries/` by topic, of which `terms` is kept in the cache. Writes: `commands/` by topic; an order comes about in
`commands.checkout` alone.
The desk's pages: `views/`, `forms/`, `routes/`.
"""
