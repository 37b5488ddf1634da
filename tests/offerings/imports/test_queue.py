"""Files have a queue and a worker of their own: nothing else waits behind them."""

from __future__ import annotations

import pytest

from kopa.celery import app
from kopa.stack import commands
from offerings import tasks

pytestmark = pytest.mark.unit


def queue_of(name):
    return app.amqp.router.route({}, name)["queue"].name


def test_what_is_done_with_files_goes_to_the_queue_of_the_import_worker():
    command = commands.import_worker()
    assert command[command.index("--queues") + 1] == commands.IMPORTS
    assert {queue_of(task.name) for task in tasks.TASK_OF.values()} == {commands.IMPORTS}


def test_everything_else_goes_to_the_other_worker():
    app.loader.import_default_modules()
    others = [
        name for name in app.tasks if name not in {task.name for task in tasks.TASK_OF.values()}
    ]
    assert "letters.deliver_what_waits" in others
    assert {queue_of(name) for name in others} == {app.conf.task_default_queue}
    assert "--queues" not in commands.worker()
