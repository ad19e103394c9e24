"""How Ramah looks: base templates, design tokens, components, template tags, htmx helpers, error pages.

Owns: the components (static/ui), the base pages (templates/ui), tags (`{% load ui %}`), the response headers, the choice of
language, theme and time zone, the bars of links that apps offer their pages to (`navigation`).
Publishes: nothing. Listens to: nothing.
Never: knows a customer, an order or a conversation; reads or writes the database.
"""
