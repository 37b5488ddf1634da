"""What ``manage.py bench`` measures: modules with ``add_arguments(parser)`` and ``run(options)``."""
