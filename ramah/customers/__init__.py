"""Who buys or asks: customers, contact points, the proof ladder, merging.

Owns: the person, the addresses at which they are met and how well each is proved, log-ins of customers, one-time codes,
consents; the page on which everything known of them comes together. Publishes: `customer.merged`, `customer.unmerged`. Listens
to nothing. Never: knows what others keep of a customer; they say it through the kernel's registries (ownership, time line,
panels, personal data).
"""
