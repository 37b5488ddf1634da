from __future__ import annotations

from tests.reference_data import folder, loaded

__all__ = ["folder", "loaded"]
