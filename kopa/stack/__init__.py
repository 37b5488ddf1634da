"""Embedded servers and the supervisor behind ``manage.py up`` and ``manage.py test``.

Imports no app of KOPA.
"""
