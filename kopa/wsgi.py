"""What the web server serves. It does not start with a configuration that would be unsafe."""

from __future__ import annotations

import os
import threading

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kopa.settings")
application = get_wsgi_application()

from kopa.checks import refuse_unsafe_start  # noqa: E402  (needs the settings that were just read)
from offerings.search.words import warm_up  # noqa: E402

refuse_unsafe_start()
# Beside the first requests: else the first search, or the first publication with its locks, waits for them.
threading.Thread(target=warm_up, name="dictionaries", daemon=True).start()
