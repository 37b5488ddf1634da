"""``python -m kopa.stack.probe``: exit code 0 when the web server of this container is ready."""

from __future__ import annotations

import os
import sys
from urllib.parse import urlsplit

from kopa.stack.supervisor import answers

PORT = 8000

if __name__ == "__main__":
    # The server refuses names that it does not have, so it is asked under its own.
    name = urlsplit(os.environ.get("PUBLIC_URL", "")).hostname or "localhost"
    sys.exit(0 if answers("127.0.0.1", PORT, "/health/ready", name) else 1)
