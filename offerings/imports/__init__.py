"""Courses from a spreadsheet: read (``reading``), understood (``columns``, ``cells``), judged (``rows``),
staged (``checking``), saved through the services of a single course and undone (``services``).
"""
