"""`dpr demo` tells its story in both languages and leaves a report that stands by itself."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from tests.e2e.cli import Ran, process, run
from tests.e2e.stage import SECRETS, clean, done

VOID = {"meta", "img", "br", "hr", "link", "input"}
#: Which the demo's people are called, beside those of the stage.
NAMES = (*SECRETS, "Sandberg", "19870521")


class Page(HTMLParser):
    """What of a page must hold: every element closed in its order, every picture inside it, no way out of it."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.pictures: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if tag == "img" and name == "src":
                self.pictures.append(value or "")
            elif name in ("src", "href", "action", "style", "srcset") or name.startswith("on"):
                self.links.append(f"{tag} {name}={value}")
            elif tag == "img" and name == "alt":
                assert value, "a picture without words"

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)
        else:
            assert "url(" not in data and "@import" not in data


@pytest.fixture(scope="module", params=["sv", "en"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran, str]:
    """The folder, the run and the language."""
    folder = tmp_path_factory.mktemp("demo") / "story"
    return folder, process("--lang", request.param, "demo", "--folder", folder), request.param


def test_the_story_is_told_to_its_end(told: tuple[Path, Ran, str]) -> None:
    folder, ran, language = told
    assert ran.code == 0 and str(folder / "report.html") in ran.out
    assert ("7. Vad liggaren minns" if language == "sv" else "7. What the ledger remembers") in ran.out
    assert ran.out.count("✗") >= 5, "what must be refused is refused"


def test_nobody_s_name_or_number_is_in_what_is_logged_or_written_to_the_terminal(told: tuple[Path, Ran, str]) -> None:
    _, ran, _ = told
    assert not ran.err
    assert not [name for name in NAMES if name in ran.out]


def test_the_report_stands_by_itself(told: tuple[Path, Ran, str]) -> None:
    folder, _, language = told
    text = (folder / "report.html").read_text("utf-8")
    page = Page(text)
    assert not page.open and not page.links and "<script" not in text
    assert f'<html lang="{language}">' in text
    assert len(page.pictures) == 4
    for source in page.pictures:
        kind, data = re.fullmatch(r"data:image/(png|jpeg);base64,([A-Za-z0-9+/=]+)", source).groups()  # type: ignore[union-attr]
        with Image.open(io.BytesIO(base64.b64decode(data, validate=True))) as image:
            assert image.format == kind.upper() and min(image.size) > 300
            image.load()
    assert not [name for name in NAMES if name in "".join(page.words)], "the pictures of test prints may show them"


def test_the_readme_shows_the_way_over_two_networks_as_it_was_drawn(told: tuple[Path, Ran, str]) -> None:
    folder, _, language = told
    shown = (Path(__file__).parents[2] / "docs" / "pictures" / "two-networks.svg").read_text("utf-8")
    assert ((folder / "tva-nat.svg").read_text("utf-8") == shown) == (language == "en")


def test_the_folder_holds_what_the_story_made(told: tuple[Path, Ran, str]) -> None:
    folder, _, _ = told
    pdfs = sorted(folder.glob("*.pdf"))
    assert len(pdfs) == 3
    for pdf in pdfs:
        document = pypdfium2.PdfDocument(pdf)
        assert len(document) >= 1 and "TEST" in document[0].get_textpage().get_text_bounded().upper()
        document.close()
    rows = done("--site", folder / "apotek", "status", "--json").json
    states = {row["state"] for one in rows for item in one["items"] for row in item["register"]}
    assert len(rows) == 3 and states == {"registered"}


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    ran = clean(run("demo", "--folder", tmp_path))
    assert ran.code == 2 and "[demo_folder_in_use]" in ran.err and list(tmp_path.iterdir()) == [tmp_path / "mine.txt"]
    file = clean(run("demo", "--folder", tmp_path / "mine.txt"))
    assert file.code == 2 and (tmp_path / "mine.txt").read_text() == "mine"
