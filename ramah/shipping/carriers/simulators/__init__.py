"""Servers on this machine that speak the APIs of carriers and aggregators: for tests, and for trying things by hand."""
