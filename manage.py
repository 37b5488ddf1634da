#!/usr/bin/env python3
"""KOPA's one door: `python3 manage.py up` runs the portal, `python3 manage.py test` its tests.

Needs nothing but Python 3.11: the first start makes .venv with everything else in it (docs/operations.md).
This file must be readable to any Python 3, so that an old one gets a sentence and not a syntax error.
"""

import os
import sys

MINIMUM = (3, 11)


def main():
    if sys.version_info < MINIMUM:
        sys.exit(
            "KOPA needs Python %d.%d or newer; this is Python %d.%d (%s). Install a newer one and start "
            "again with it, for example: python3.11 manage.py up"
            % (MINIMUM[0], MINIMUM[1], sys.version_info[0], sys.version_info[1], sys.executable)
        )
    from kopa.stack import bootstrap  # not at the top: it is written for the Python that was just asked for

    bootstrap.enter(sys.argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kopa.settings")
    from kopa.stack import commandline  # needs the environment that was just entered

    sys.exit(commandline.run(sys.argv))


if __name__ == "__main__":
    main()
