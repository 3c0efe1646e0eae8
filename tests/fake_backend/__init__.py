"""A backend for tests of the app alone: the real protocol over HTTP, drawings instead of models.

Jobs go through the real states and stages and end as a genuine mp4 or PNG. ``python -m
tests.fake_backend PORT`` serves it, which is how the page is worked on without any model.
"""

from tests.fake_backend.backend import FakeBackend
from tests.fake_backend.model_card import card, rich_cards
from tests.fake_backend.routes import build

__all__ = ["FakeBackend", "build", "card", "rich_cards"]
