"""Files of other shops, read and checked: bytes in, records or faults out. Pure: no database, no clock.

`reading` turns bytes into rows, `columns` knows what headings mean, `values` reads cells, `grouping` brings rows of one thing
together, `products`, `orders` and `customers` make records of them; `ramah.commerce.commands` stores those.
"""
