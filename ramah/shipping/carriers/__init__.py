"""Those who carry parcels, or know of them: a folder each, which speaks to them and puts what they tell into words of `facts`.

They know no rows, but for `table`, which reads the shop's own delivery options.
"""
