"""`dpr demo`: the story in one run, from an ordinary day through an outage and back, on the real parts.

Rules: nothing here is pretended: the demo calls what the commands call, with a clock that it moves. It leaves a folder with the
PDFs, the images, the ledger and a one-page report.

Example: `run(Path("build/demo"), "sv")`
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from dpr.core.errors import SetupError
from dpr.core.wording import Language

_MARK = ".dpr-demo"


def run(folder: Path, language: Language) -> int:
    """Tells the story into `folder`, made anew; returns the exit code. SetupError `demo_folder_in_use` where it is not ours."""
    from dpr.apps.demo.cast import Cast
    from dpr.apps.demo.chapters import CHAPTERS
    from dpr.apps.demo.story import Story

    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise SetupError("demo_folder_in_use", str(folder))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()
    story = Story(folder, language, colour=sys.stdout.isatty())
    with Cast(folder) as cast:
        for chapter in CHAPTERS:
            chapter(cast, story)
    report = story.write()
    story.end(report)
    return 0
