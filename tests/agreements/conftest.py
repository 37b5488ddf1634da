from tests.reference_data import finnish, folder, loaded

__all__ = ["finnish", "folder", "loaded"]
