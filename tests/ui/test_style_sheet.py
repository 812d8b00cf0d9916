from __future__ import annotations

import re

from textual import widgets

from streamtop.ui.app import StreamtopApp

OF_TEXTUAL = {*vars(widgets)["__all__"], "Bar"}


def test_every_type_in_the_style_sheet_is_a_widget() -> None:
    sheet = StreamtopApp.CSS_PATH
    sources = "".join(path.read_text() for path in sheet.parent.rglob("*.py"))
    ours = set(re.findall(r"^class (\w+)", sources, re.MULTILINE))
    styles = re.sub(r"/\*.*?\*/|[#.$][\w-]+", "", sheet.read_text(), flags=re.DOTALL)
    assert set(re.findall(r"\b[A-Z]\w+", styles)) <= ours | OF_TEXTUAL
