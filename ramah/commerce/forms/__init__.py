"""What is asked on the desk's pages of the shop, by topic."""
