"""Those who carry parcels, or know of them: a folder each, which puts what they post into the words of `facts`.

Pure: no rows, no requests.
"""
