"""Word that a job is over, for who has gone to another window: ``assets/page.js`` gives it."""

from html import escape

from app.words import t


def tell_html() -> str:
    """The toggle near a running job; its first press asks the browser for leave."""
    words = escape(t("Tell me when it's done"))
    return f'<button type="button" class="lr-tell" aria-pressed="false">{words}</button>'


def telling_texts() -> str:
    """Attributes with what is said."""
    texts = {
        "done": t("Your work is done"),
        "failed": t("It did not work"),
        "denied": t("This browser allows no notifications from here"),
    }
    return " ".join(f'data-{name}="{escape(text)}"' for name, text in texts.items())
