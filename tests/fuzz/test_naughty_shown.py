"""Naughty texts where they are shown: on a terminal, as JSON, on paper, on the demo's page, in errors and file names.

Each text that the rule lets through is put into every free text field of one prescription, its prescriber and its issuer.
"""

from __future__ import annotations

import json
import os
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unicodedata import category

import msgspec
import pypdfium2
import pytest

from dpr.adapters import print_pdf
from dpr.adapters.print_pdf import prescription_pdf
from dpr.apps.cli import failing, verdicts
from dpr.apps.cli.common import Context, show_json
from dpr.apps.demo.story import Story
from dpr.apps.sheet import sections_of, sheet_of
from dpr.core import documents, drafts, human, qr, text
from dpr.core.credential import HOLDER
from dpr.core.errors import DprError, InputError, Problem, StorageError
from dpr.core.prescription import CONTENT, ITEM, PATIENT
from dpr.core.products import Product
from dpr.core.trust_list import ISSUER, Environment
from dpr.core.verify import Accepted, verify
from tests.e2e.cli import run
from tests.fuzz.naughty import NAUGHTY
from tests.fuzz.site import SITE
from tests.fuzz.text_fields import TextField, text_fields
from tests.world import CARE, ONE_ITEM, PHYSICIAN, World

KEPT = {name: value for name, value in NAUGHTY.items() if text.fault(value) is None and len(value) <= 250}
OTHERS = {name: value for name, value in NAUGHTY.items() if name not in KEPT}


def put(written: Any, field: TextField, value: str) -> None:
    """Writes as much of `value` as the field may hold where it stands in a JSON object."""
    place = written
    for step in field.path[:-1]:
        place = place[step] if isinstance(step, int) else place.setdefault(step, {})
    place[field.path[-1]] = value[: field.type.limit].rstrip(" ")


def filled(value: str) -> tuple[Accepted, bytes]:
    """An accepted prescription with `value` in every free text field, whoever signs it."""
    written = json.loads(json.dumps(ONE_ITEM))
    written["items"][0] |= {"substitution": {"allowed": False}, "dose": {"amount_thousandths": 500, "times": 2}}
    for field in text_fields(CONTENT):
        if field.free and not {"animal", "reservnummer"} & set(field.path):
            put(written, field, value)
    holder = HOLDER.to_json(PHYSICIAN)
    for field in text_fields(HOLDER):
        if field.free:
            put(holder, field, value)
    world = World()
    issuers = list(world.issuers())
    issuers[0] = msgspec.structs.replace(issuers[0], name=value[:100].rstrip(" "))
    trust = world.trust(issuers=tuple(issuers))
    prescription = world.prescription(written)
    credential = world.credential(HOLDER.from_json(holder, "$", []))
    document = documents.sign(documents.PRESCRIPTION, prescription, world.prescriber, credential=credential)
    judged = verify(document, trust, SITE.now, policy=world.policy)
    assert isinstance(judged, Accepted), judged
    return judged, document


def shown(judged: Accepted) -> list[str]:
    """Every value that people read."""
    return [part for section in sections_of(judged, "sv", catalogue=None) for row in section.rows for part in row]


def inert(said: str) -> None:
    """Nothing in what was said moves the cursor, changes colours, hides or turns the reading direction."""
    assert not [sign for sign in said if not sign.isprintable() and sign != "\n"], ascii(said)


@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept_stands_on_the_terminal_as_it_is(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    judged, _ = filled(KEPT[name])
    verdicts.show_accepted(judged, judged.checks, Context(Path("site"), "sv"), None)
    said = capsys.readouterr().out
    inert(said)
    assert all(value in said for value in shown(judged))
    assert said.count(KEPT[name][:20].rstrip(" ")) >= 9


@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept_comes_back_from_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    judged, _ = filled(KEPT[name])
    show_json(verdicts.verdict_json(judged))
    said = capsys.readouterr().out
    inert(said)
    assert json.loads(said)["prescription"] == drafts.write(judged.prescription)


def _letters(value: str) -> str:
    """Without white space and what may break a line, which a text layer has elsewhere."""
    return "".join(sign for sign in value if not sign.isspace() and sign not in "\u200b\u00ad\u2010-\ufffe\x02")


@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept_is_printed_as_it_is_and_evaluated_by_nobody(name: str) -> None:
    judged, document = filled(KEPT[name])
    sheet = sheet_of(judged, qr.to_texts(document), "sv", environment=Environment.TEST, catalogue=None)
    opened = pypdfium2.PdfDocument(prescription_pdf(sheet))
    layer = _letters("".join(page.get_textpage().get_text_bounded() for page in opened))
    printed = [value for section in sections_of(judged, "sv", catalogue=None) for _, value in section.rows]
    for value in printed:
        assert _letters(print_pdf._UNPRINTABLE.sub("□", value)) in layer, value
    assert "root:" not in layer


class _Page(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.said.append(data)


_TAGS = {"html", "meta", "title", "style", "h1", "h2", "p", "pre", "div", "strong", "ul", "li", "figure", "img", "figcaption"}
_ATTRIBUTES = {"lang", "charset", "name", "content", "class", "src", "alt"}


@pytest.mark.parametrize("name", NAUGHTY)
def test_everything_is_text_on_the_demos_page(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    value = NAUGHTY[name].encode("utf-8", "replace").decode()
    story = Story(tmp_path, "sv", colour=False)
    story.chapter(value, value)
    story.say(value, value)
    story.rows([value, f"  {value}"])
    story.refused("expired", value)
    story.picture("x.png", b"png", value, value)
    page = _Page()
    page.feed(story.write().read_text("utf-8"))
    assert page.tags <= _TAGS and page.attributes <= _ATTRIBUTES
    whole = "".join(page.said)
    assert whole.count(" ".join(value.split()) if "\n" in value or "\r" in value else value) >= 5 or value.split() != [value]
    inert(capsys.readouterr().out)


@pytest.mark.parametrize("name", NAUGHTY)
def test_an_error_that_repeats_a_text_is_inert(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    value = NAUGHTY[name]
    problem = Problem(f"$.{value}", "field_unknown", value, value)
    errors = (DprError("file_missing", value), StorageError(value, value), InputError("prescription_invalid", (problem,)))
    for error in errors:
        for arguments in ([], ["--json"], ["--lang", "en"]):
            failing.fail(error, ["--site", value, *arguments])
            said = capsys.readouterr()
            inert(said.out + said.err)


@pytest.mark.parametrize("name", OTHERS)
def test_a_refused_text_is_not_repeated_where_it_was_written(name: str) -> None:
    value = OTHERS[name]
    for field in text_fields(CONTENT):
        written = json.loads(json.dumps(ONE_ITEM))
        put_whole(written, field, value)
        with pytest.raises(InputError) as caught:
            drafts.read(json.dumps(written).encode(), id=bytes(16), authored_at=SITE.world.now)
        assert len(value.strip()) < 2 or value not in str(caught.value), field.where


def put_whole(written: Any, field: TextField, value: str) -> None:
    """As `put`, uncut."""
    put(written, TextField(field.path, type(field.type)(10**9)), value + " x" if value.endswith(" ") else value)
    place = written
    for step in field.path[:-1]:
        place = place[step]
    place[field.path[-1]] = value


@pytest.mark.parametrize("name", NAUGHTY)
def test_a_file_of_that_name_is_read_or_missed_and_its_name_is_inert(name: str, tmp_path: Path) -> None:
    value = NAUGHTY[name].replace("/", "_")[:60]
    if not value or "\0" in value or value in (".", "..", "-"):
        return
    path = tmp_path / value
    for arguments in (["verify", path], ["verify", path, "--json"], ["scan", path]):
        try:
            os.fsencode(str(path))
        except UnicodeError:
            return
        ran = run("--site", tmp_path, *arguments)
        assert ran.code in (1, 2) and "Traceback" not in ran.err
        inert(ran.out + ran.err)


@pytest.mark.parametrize("name", NAUGHTY)
def test_what_stands_where_a_command_or_an_option_should_reaches_no_terminal_as_control(name: str, tmp_path: Path) -> None:
    """What somebody typed themselves is repeated by click, which escapes the controls of a terminal and nothing else."""
    value = NAUGHTY[name].encode("utf-8", "replace").decode()
    for arguments in ([value], ["verify", f"--{value}"], ["--lang", value, "status"], ["dispense", value, "--item", value]):
        ran = run("--site", tmp_path, *arguments)
        assert ran.code in (0, 1, 2), ran
        assert not [sign for sign in ran.out + ran.err if category(sign) == "Cc" and sign != "\n"], ran


@pytest.mark.parametrize("name", KEPT)
def test_a_products_name_from_the_product_file_is_shown_as_it_is(name: str) -> None:
    value = KEPT[name]
    prescription = SITE.world.prescription()
    product = Product(npl_pack_id="20040131100274", name=value, form=value, strength=value[:40].rstrip(), pack=value)
    found = human.sections(prescription, PHYSICIAN, CARE, language="sv", products={1: product})
    rows = [row for section in found for row in section.rows]
    assert any(value in row for row in rows)
    assert any("Enalapril Test" in part for row in rows for part in row), "what was signed stands beside it"


def test_the_prescription_that_is_shown_has_every_free_field_of_its_tables() -> None:
    judged, _ = filled("x" * 12)
    written = drafts.write(judged.prescription)
    free = {field.where for field in text_fields(CONTENT) if field.free}
    outside = {one for one in free if one.startswith(("animal", "patient.reservnummer"))}
    assert {field for field in free if _value_at(written, field) == "x" * 12} == free - outside
    assert len(outside) == 4 and PATIENT and ITEM and ISSUER


def _value_at(written: Any, where: str) -> Any:
    for step in where.split("."):
        written = written[int(step)] if isinstance(written, list) else (written or {}).get(step)
    return written
