"""Our own JSON: for carriers and programs that have no folder here. See docs/guides/carrier-webhook.md."""
