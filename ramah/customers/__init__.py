"""Who buys or asks: customers, contact points, the proof ladder, merging."""
