"""The look of the studio: paper, ink, hairlines and one accent, in light and in dark."""

import base64
from pathlib import Path

import gradio as gr

ASSETS = Path(__file__).parent / "assets"

LATIN = ["Instrument Sans", "Helvetica Neue", "Arial"]
CHINESE = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC"]
SANS = [*LATIN, *CHINESE, "system-ui", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "monospace"]
FONTS = (
    ("Instrument Serif", "instrument-serif-latin-400-normal.woff2", "normal", "400"),
    ("Instrument Serif", "instrument-serif-latin-400-italic.woff2", "italic", "400"),
    ("Instrument Sans", "instrument-sans-latin-wght-normal.woff2", "normal", "400 700"),
)


def build_theme() -> gr.themes.Base:
    """Gradio's own components in these colours; the page's layout is in ``style.css``."""
    theme = gr.themes.Base(
        primary_hue=gr.themes.colors.stone,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_none,
        spacing_size=gr.themes.sizes.spacing_md,
        text_size=gr.themes.sizes.text_md,
        font=SANS,
        font_mono=MONO,
    )
    values = {**_surfaces(), **_controls(), **_buttons()}
    return theme.set(**values)


def build_css() -> str:
    """The style sheet, with the fonts inside it: no page ever asks another server for one."""
    faces = [
        f"@font-face{{font-family:'{family}';font-style:{style};font-weight:{weight};"
        f"font-display:swap;src:url(data:font/woff2;base64,{_base64(file)}) format('woff2')}}"
        for family, file, style, weight in FONTS
    ]
    sheets = ("style.css", "library.css")
    return "\n".join([*faces, *((ASSETS / one).read_text(encoding="utf-8") for one in sheets)])


def _base64(file: str) -> str:
    return base64.b64encode((ASSETS / file).read_bytes()).decode("ascii")


def _both(name: str, light: str, dark: str) -> dict[str, str]:
    return {name: light, f"{name}_dark": dark}


def _surfaces() -> dict[str, str]:
    return {
        **_both("body_background_fill", "#fbfaf7", "#131211"),
        **_both("background_fill_primary", "#fbfaf7", "#131211"),
        **_both("background_fill_secondary", "#f3f0ea", "#1c1a18"),
        **_both("block_background_fill", "transparent", "transparent"),
        **_both("panel_background_fill", "transparent", "transparent"),
        **_both("body_text_color", "#1a1816", "#f1ede6"),
        **_both("body_text_color_subdued", "#6a645b", "#a8a196"),
        **_both("border_color_primary", "#dcd6cb", "#37332e"),
        **_both("border_color_accent", "#1a1816", "#f1ede6"),
        **_both("color_accent_soft", "#f7e9e4", "#3a211a"),
        **_both("link_text_color", "#a8321a", "#ff9273"),
        **_both("link_text_color_hover", "#7d2412", "#ffb39c"),
        **_both("link_text_color_visited", "#a8321a", "#ff9273"),
        **_both("link_text_color_active", "#a8321a", "#ff9273"),
        **_both("block_shadow", "none", "none"),
        "color_accent": "#c2391d",
        "block_border_width": "0px",
        "block_padding": "0px",
        "layout_gap": "20px",
        "form_gap_width": "0px",
        "body_text_size": "15px",
    }


def _controls() -> dict[str, str]:
    return {
        **_both("block_label_background_fill", "transparent", "transparent"),
        **_both("block_label_text_color", "#6a645b", "#a8a196"),
        **_both("block_title_text_color", "#6a645b", "#a8a196"),
        **_both("block_info_text_color", "#6a645b", "#a8a196"),
        **_both("input_background_fill", "#ffffff", "#1c1a18"),
        **_both("input_background_fill_focus", "#ffffff", "#1c1a18"),
        **_both("input_border_color", "#cfc8bb", "#47423b"),
        **_both("input_border_color_focus", "#1a1816", "#f1ede6"),
        **_both("input_placeholder_color", "#756f65", "#948d82"),
        **_both("input_shadow_focus", "none", "none"),
        **_both("slider_color", "#1a1816", "#f1ede6"),
        **_both("loader_color", "#c2391d", "#ff7e5c"),
        **_both("error_background_fill", "#fbfaf7", "#1c1a18"),
        "block_title_text_size": "13px",
        "block_title_text_weight": "500",
        "block_label_text_size": "13px",
        "input_border_width": "1px",
        "input_padding": "10px 12px",
        "input_shadow": "none",
    }


def _buttons() -> dict[str, str]:
    return {
        **_both("button_primary_background_fill", "#1a1816", "#f1ede6"),
        **_both("button_primary_background_fill_hover", "#c2391d", "#ff7e5c"),
        **_both("button_primary_text_color", "#fbfaf7", "#131211"),
        **_both("button_primary_text_color_hover", "#ffffff", "#131211"),
        **_both("button_primary_border_color", "#1a1816", "#f1ede6"),
        **_both("button_secondary_background_fill", "transparent", "transparent"),
        **_both("button_secondary_background_fill_hover", "#f3f0ea", "#262320"),
        **_both("button_secondary_text_color", "#1a1816", "#f1ede6"),
        **_both("button_secondary_border_color", "#1a1816", "#a8a196"),
        **_both("button_cancel_background_fill", "transparent", "transparent"),
        **_both("button_cancel_background_fill_hover", "#f7e9e4", "#3a211a"),
        **_both("button_cancel_text_color", "#a8321a", "#ff9273"),
        **_both("button_cancel_border_color", "#a8321a", "#ff9273"),
        "button_border_width": "1px",
        "button_large_padding": "14px 24px",
        "button_large_text_size": "15px",
        "button_large_text_weight": "500",
        "button_small_padding": "7px 14px",
    }
