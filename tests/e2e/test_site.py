"""`make docs`: the documentation as a site that can be read without a network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
#: What a browser loads by itself; a link that a person follows is no load.
_LOADED = re.compile(
    r'<(?:script|img|iframe|source)[^>]*\ssrc="([^"]*)"|<link[^>]*\srel="(?:stylesheet|icon|preload|preconnect)"[^>]*>'
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built in strict mode: a link that leads nowhere, or a page that the menu misses, ends it."""
    folder = tmp_path_factory.mktemp("site")
    ran = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return folder


def test_the_site_has_the_specification_the_codes_the_decisions_and_the_figures(site: Path) -> None:
    decisions = [path.stem for path in (ROOT / "docs" / "decisions").glob("*.md")]
    pages = ["index", "format", "codes", "figures", "conformance", "repository/index", "decisions/index"]
    for page in [*pages, *[f"decisions/{name}" for name in decisions]]:
        assert (site / f"{page}.html").stat().st_size > 5000, page
    index = (site / "decisions" / "index.html").read_text("utf-8")
    assert all(f"{name}.html" in index for name in decisions)


def test_a_link_out_of_the_folder_of_pages_leads_to_the_copy_in_the_site(site: Path) -> None:
    assert 'href="repository/schemas/index.html"' in (site / "index.html").read_text("utf-8")
    assert (site / "repository" / "schemas" / "prescription.cddl").read_bytes() == (
        ROOT / "schemas" / "prescription.cddl"
    ).read_bytes()


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    loaded = {match[0] for page in pages for match in _LOADED.finditer(page.read_text("utf-8"))}
    assert len(pages) > 20 and len(loaded) > 3
    assert [one for one in loaded if re.search(r'="(?:https?:)?//', one)] == []
