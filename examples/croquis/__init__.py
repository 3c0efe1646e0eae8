"""The drawn world the built-in Croquis models learn from: figures, garments, places, captions."""
