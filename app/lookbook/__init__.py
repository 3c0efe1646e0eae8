"""Lookbooks: many people in many garments, made row by row as ordinary jobs and handed over as one.

`catalogue` turns pictures or a CSV into rows, `book` knows how far each has come, `workshop` makes
them, `bookcase` keeps them, `bundle` and `contact_sheet` are what comes out.
"""
