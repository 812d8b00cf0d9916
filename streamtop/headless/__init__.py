"""One look and what is made of it, without a screen: a table, JSON, a Nagios line."""
