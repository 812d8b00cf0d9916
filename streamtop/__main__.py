"""`python -m streamtop`."""

from streamtop.cli import main

main()
