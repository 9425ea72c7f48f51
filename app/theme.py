"""The chat's theme: Gradio's plainest, in the colours and fonts of ``static/tokens.css``."""

from __future__ import annotations

from gradio.themes import Base, Font

_FONTS = (
    "Segoe UI",
    "Roboto",
    "Helvetica Neue",
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "sans-serif",
)


def _theme() -> Base:
    fonts = [Font(name) for name in _FONTS]
    theme = Base(font=fonts, font_mono=[Font("ui-monospace"), Font("monospace")])
    colours = {
        "body_background_fill": "var(--pq-paper)",
        "body_text_color": "var(--pq-ink)",
        "body_text_color_subdued": "var(--pq-soft)",
        "background_fill_primary": "var(--pq-surface)",
        "background_fill_secondary": "var(--pq-paper)",
        "border_color_primary": "var(--pq-line)",
        "input_background_fill": "var(--pq-surface)",
        "input_border_color": "var(--pq-line)",
        "input_border_color_focus": "var(--pq-accent)",
        "input_placeholder_color": "var(--pq-soft)",
        "button_primary_background_fill": "var(--pq-accent)",
        "button_primary_background_fill_hover": "var(--pq-accent-strong)",
        "button_primary_text_color": "var(--pq-on-accent)",
        "button_secondary_background_fill": "transparent",
        "button_secondary_background_fill_hover": "var(--pq-tint)",
        "button_secondary_text_color": "var(--pq-ink)",
        "button_secondary_border_color": "var(--pq-line)",
        "checkbox_background_color_selected": "var(--pq-accent)",
        "checkbox_border_color_selected": "var(--pq-accent)",
        "color_accent_soft": "var(--pq-tint)",
    }
    return theme.set(**colours, **{f"{name}_dark": value for name, value in colours.items()})


THEME = _theme()
