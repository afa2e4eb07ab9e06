"""The page for those who run a server shows what is sent today."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from tests.reporting.faults import FAULTS


def test_the_page_is_what_its_script_writes(repo: Path) -> None:
    spec = importlib.util.spec_from_file_location("fhir_page", repo / "docs" / "fhir.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    written = script.PAGE.read_text(encoding="utf-8")
    assert written == script.page(len(FAULTS)), "run python docs/fhir.py"
    assert set(script.CODES) == {each for each in script.System if "2.25." in each}
