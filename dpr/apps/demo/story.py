"""What the demo tells: each line to the terminal as it happens, and all of it into one HTML page with the pictures inside.

Rules: everything is text and is escaped; the page needs no network and no script; a mark and a word say what a colour would.

Example: `story.chapter("Registret går ner", "The register goes down"); story.say("…", "…")`
"""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path

from dpr.apps.cli.common import age_words, plain
from dpr.core import codes
from dpr.core.verify import Accepted, Check, Refused
from dpr.core.wording import Language

_STYLE = """
body{font:17px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.9rem;margin-bottom:0}h2{font-size:1.35rem;margin:2.2rem 0 .4rem;border-top:2px solid #1b1b1b;padding-top:.8rem}
ul{list-style:none;padding-left:.2rem;margin:.4rem 0}li{padding:.1rem 0}
.ok{border-left:.5rem solid #1d6f42;padding-left:.6rem}.no{border-left:.5rem double #a4161a;padding-left:.6rem}
.warn{border-left:.5rem dotted #8a5a00;padding-left:.6rem}
pre{background:#f3f3f3;padding:.8rem;overflow-x:auto;font-size:.85rem}
figure{display:inline-block;margin:.6rem 1rem .6rem 0;vertical-align:top}
figure img{border:1px solid #999;max-width:27rem;width:100%}
figcaption{font-size:.9rem;max-width:27rem}code{font-size:.85em;color:#444}
"""
_TITLE = {"sv": "Det digitala pappersreceptet", "en": "The digital paper prescription"}


class Story:
    """Speaks to the terminal and keeps the page."""

    def __init__(self, folder: Path, language: Language, *, colour: bool) -> None:
        self.folder = folder
        self.language = language
        self._bold, self._plain = ("\033[1m", "\033[0m") if colour else ("", "")
        self._page: list[str] = []
        self._chapters = 0

    def words(self, sv: str, en: str) -> str:
        """One of the two, in the language of the story."""
        return sv if self.language == "sv" else en

    def chapter(self, sv: str, en: str) -> None:
        """A new chapter."""
        self._chapters += 1
        title = f"{self._chapters}. {self.words(sv, en)}"
        print(f"\n{self._bold}{plain(title)}{self._plain}")
        self._page.append(f"<h2>{escape(title)}</h2>")

    def say(self, sv: str, en: str) -> None:
        """A sentence or two."""
        text = self.words(sv, en)
        print(f"  {plain(text)}")
        self._page.append(f"<p>{escape(text)}</p>")

    def rows(self, lines: list[str]) -> None:
        """Lines as they are."""
        for line in lines:
            print(f"    {plain(line)}")
        self._page.append(f"<pre>{escape(chr(10).join(lines))}</pre>")

    def verdict(self, verdict: Accepted | Refused, *, all_checks: bool = False) -> None:
        """A verdict with what matters of its checks: all of them, or what stops and warns."""
        if isinstance(verdict, Refused):
            found = codes.words(verdict.code)
            head = f"✗ {self.words('GODTAS INTE', 'REFUSED')}: {found.sv if self.language == 'sv' else found.en}"
        else:
            head = f"✓ {self.words('GODTAS', 'ACCEPTED')}"
        lines = [self._line(check) for check in verdict.checks if all_checks or (check.outcome is not check.outcome.PASS)]
        self._outcome(head, lines, refused=isinstance(verdict, Refused))

    def refused(self, code: str, detail: str = "") -> None:
        """A refusal to dispense."""
        found = codes.words(code)
        text = found.sv if self.language == "sv" else found.en
        head = f"✗ {self.words('LÄMNAS INTE UT', 'NOT DISPENSED')}: {text} [{code}]"
        self._outcome(head, [detail] if detail else [], refused=True)

    def _outcome(self, head: str, lines: list[str], *, refused: bool) -> None:
        print(f"    {self._bold}{plain(head)}{self._plain}")
        for line in lines:
            print(f"      {plain(line)}")
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        kind = "no" if refused else "ok"
        self._page.append(f'<div class="{kind}"><strong>{escape(head)}</strong><ul>{items}</ul></div>')

    def _line(self, check: Check) -> str:
        found = codes.words(check.code)
        mark = {"PASS": "✓", "WARN": "!", "STOP": "✗"}[check.outcome.name]
        age = age_words(check.age_seconds, self.language)
        basis = f" ({self.words('underlagets ålder', 'age of the data')}: {age})" if age else ""
        return f"{mark} {check.step:>2} {found.sv if self.language == 'sv' else found.en}{basis} [{check.code}]"

    def picture(self, name: str, data: bytes, sv: str, en: str) -> Path:
        """Keeps a PNG or JPEG in the folder and shows it on the page with its caption."""
        path = self.folder / name
        path.write_bytes(data)
        caption = escape(self.words(sv, en))
        kind = "jpeg" if name.endswith(".jpg") else "png"
        source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
        self._page.append(f'<figure><img src="{source}" alt="{caption}"><figcaption>{caption}</figcaption></figure>')
        print(f"    → {path}")
        return path

    def drawing(self, name: str, svg: str, sv: str, en: str) -> None:
        """Keeps a drawing of ours (SVG whose texts are escaped) in the folder and shows it on the page with its caption."""
        (self.folder / name).write_text(svg, encoding="utf-8")
        self._page.append(f"<figure>{svg}<figcaption>{escape(self.words(sv, en))}</figcaption></figure>")
        print(f"    → {self.folder / name}")

    def write(self) -> Path:
        """The page, as report.html in the folder."""
        title = _TITLE[self.language]
        note = self.words(
            "Testpersoner och demonycklar. Formatet väntar på rättsligt stöd (HSLF-FS 2021:75) och får inte användas skarpt.",
            "Test persons and demo keys. The format awaits legal approval (HSLF-FS 2021:75) and must not be used for real.",
        )
        page = (
            f'<!doctype html><html lang="{self.language}"><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style>'
            f"<h1>{title}</h1><p>{escape(note)}</p>{''.join(self._page)}</html>\n"
        )
        path = self.folder / "report.html"
        path.write_text(page, encoding="utf-8")
        return path

    def end(self, report: Path) -> None:
        """Where to look."""
        print(f"\n{self._bold}{self.words('Allt finns i', 'Everything is in')} {report.parent}{self._plain}")
        print(f"  {self.words('Rapport med bilder', 'Report with pictures')}: {report}")
