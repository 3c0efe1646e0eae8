"""Number fields that may be left empty: Gradio puts a 0 into one whenever it comes onto the page.

So such a field is emptied once at the beginning, and neither it nor what it is in leaves the page
again: where it would be made invisible, the page's style hides it.
"""

import gradio as gr


def away_unless(shown: bool) -> list[str]:
    """The classes of such a field, and of a container that has one in it."""
    return [] if shown else ["lr-away"]


def start_empty(number: gr.Number, cards: gr.State) -> None:
    """No 0 that nobody has typed; done in the browser when it hears of the models."""
    cards.change(None, number, number, js="(value) => value || null", api_visibility="private")
