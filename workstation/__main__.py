"""`python -m workstation` is `plateau`."""

from workstation.cli import main

main()
