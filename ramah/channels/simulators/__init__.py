"""Providers on this machine: servers that speak their documented APIs, for tests, demonstrations and training.

They know nothing of our database: they are told where to post, and with which secrets.
"""
