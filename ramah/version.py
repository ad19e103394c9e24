"""The version; the top of CHANGELOG.md says the same (a test compares them)."""

VERSION = "0.4.0"
