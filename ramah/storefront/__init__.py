"""All that customers see: the shop's pages, cart, checkout, account, orders; what they are told of them by mail.

Owns: pages and their words, who visits and where things are to be sent (cookies), the mails on orders. No tables: `commerce`,
`customers` and `conversations` keep what is shown here.
Publishes: nothing.
Listens to: `order.placed`, `order.state_changed`, `payment.recorded`, alerts that are due (see `handlers`).
Never: decides what an order costs, who may see it, or whether there is stock; the apps below do.
"""
