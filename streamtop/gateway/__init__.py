"""REDIS: the one package, beside the demo, that imports redis-py. `connect` is its door."""
