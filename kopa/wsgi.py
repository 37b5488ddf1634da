"""What the web server serves. It does not start with a configuration that would be unsafe."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kopa.settings")
application = get_wsgi_application()

from kopa.checks import refuse_unsafe_start  # noqa: E402  (needs the settings that were just read)

refuse_unsafe_start()
