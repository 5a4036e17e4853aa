"""Put before a program of tests by PYTHONPATH: what it opens and imports is written down, and its memory may be read by its user."""

import ctypes
import os
import sys

PR_SET_PTRACER, ANY = 0x59616D61, -1


def _look() -> None:
    kept = os.open(os.environ["PLATEAU_OPENED"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("open", "import") and arguments and isinstance(arguments[0], str | bytes):
            os.write(kept, f"{event} {os.fsdecode(arguments[0])}\n".encode(errors="replace"))

    sys.addaudithook(hook)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(ANY & (2**64 - 1)), 0, 0, 0)


_look()
