"""One module per framework, which recognises and decodes its entries."""
