"""One file a framework: how its entries are told from others, and what is in them."""
