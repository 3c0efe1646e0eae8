"""The drawn world the built-in Croquis models learn from: fashion figures, garments, places and captions."""
