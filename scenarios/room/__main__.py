"""`python -m scenarios.room`: the room server as a process (serve.py)."""

import sys

from scenarios.room.serve import main

if __name__ == "__main__":
    sys.exit(main())
