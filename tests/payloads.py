"""Texts that would run a script where they were written into a page as markup."""

from __future__ import annotations

RUN = "window.ran=1"
PAYLOADS = (
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f'"><svg onload={RUN}>',
    f"'-{RUN}-'",
    f"javascript:{RUN}",
    f"</textarea><iframe srcdoc='<script>parent.{RUN}</script>'>",
    f"{{{{constructor.constructor('{RUN}')()}}}}",
    f"<a href='javascript:{RUN}'>x</a>",
)


def hostile(payload: str) -> str:
    """A policy whose title and clauses hold a payload."""
    articles = f"第一条 对新建蜂场{payload}给予最高50万元补助。\n\n第二条 由市农业局解释{payload}。\n"
    return f"东海市{payload}养蜂政策\n\n{articles}"
