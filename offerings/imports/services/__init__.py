"""What people do with a file: bring it, mend its rows, save them, undo that, discard it. One verb, one
transaction.
"""

from offerings.imports.services.files import MOST_OPEN, bring, discard, forget_old
from offerings.imports.services.mending import mend
from offerings.imports.services.ordering import (
    order_checking,
    order_saving,
    order_undoing,
    undone_until,
)
from offerings.imports.services.saving import accept
from offerings.imports.services.undoing import undo

__all__ = [
    "MOST_OPEN",
    "accept",
    "bring",
    "discard",
    "forget_old",
    "mend",
    "order_checking",
    "order_saving",
    "order_undoing",
    "undo",
    "undone_until",
]
