"""Hooks for mkdocs: the pages and files outside docs/ that the documentation speaks of become part of the site.

Rules: what stands at `X` in the repository stands at `repository/X` in the site, and a link to it leads there; so each page can
be read in the repository and in the site with the same links. A folder that is linked to gets a page that lists it. A link to
something that is not in the repository is left as it is, and mkdocs' strict mode ends the build.

Example: in docs/README.md, `../schemas` becomes `repository/schemas/index.md`
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
#: Files, and folders with all that is in them.
TAKEN = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "apt.txt"),
    *(
        "schemas",
        "examples",
        "keys",
        "tests/vectors",
        "js",
        "tests/e2e/test_howto_authority.py",
        "tests/e2e/test_howto_region.py",
        "tests/e2e/test_howto_send.py",
        "tests/relay/test_howto.py",
        "tests/relay/test_operations.py",
        "tests/sdk/test_docs_sdk.py",
    ),
)
_LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")
_DECISIONS = "decisions"


def taken() -> Iterator[Path]:
    """Every file of `TAKEN`, relative to the root."""
    for name in TAKEN:
        path = ROOT / name
        for found in sorted(path.rglob("*")) if path.is_dir() else [path]:
            hidden = any(part.startswith((".", "__")) or part == "node_modules" for part in found.relative_to(ROOT).parts)
            if found.is_file() and not hidden:
                yield found.relative_to(ROOT)


def on_files(files: Files, *, config: Any) -> Files:
    """Adds the files of `TAKEN`, a list for each of their folders, and one for the decisions."""
    folders: dict[str, list[str]] = {}
    for path in taken():
        content = (ROOT / path).read_bytes()
        src = f"repository/{path.as_posix()}"
        files.append(File.generated(config, src, content=content.decode() if path.suffix == ".md" else content))
        for child in (path, *path.parents[:-1]):
            listed = folders.setdefault(child.parent.as_posix(), [])
            name = child.name if child == path else f"{child.name}/"
            if name not in listed:
                listed.append(name)
    for folder, names in folders.items():
        index = f"repository/{folder}/index.md" if folder != "." else "repository/index.md"
        if "README.md" not in names:
            files.append(File.generated(config, index, content=_listing(folder, names, folders)))
    decisions = [Path(file.src_uri).name for file in files if file.src_uri.startswith(f"{_DECISIONS}/")]
    files.append(File.generated(config, f"{_DECISIONS}/index.md", content=_decisions(sorted(decisions))))
    return files


def _listing(folder: str, names: list[str], folders: dict[str, list[str]]) -> str:
    def target(name: str) -> str:
        if not name.endswith("/"):
            return name
        return name + ("README.md" if "README.md" in folders[posixpath.normpath(posixpath.join(folder, name))] else "index.md")

    rows = [f"- [{name}]({target(name)})" for name in sorted(names)]
    return "\n".join([f"# {'Files' if folder == '.' else folder}\n", *rows, ""])


def _decisions(names: list[str]) -> str:
    rows = [f"- [{_title(ROOT / 'docs' / _DECISIONS / name)}]({name})" for name in names]
    return "\n".join(["# Decisions\n", "What was decided, why, and what follows from it.\n", *rows, ""])


def _title(path: Path) -> str:
    return path.read_text("utf-8").splitlines()[0].removeprefix("# ")


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Files) -> str:
    """Turns each link into the repository into a link within the site."""
    src = page.file.src_uri
    here = src.removeprefix("repository/") if src.startswith("repository/") else f"docs/{src}"

    def lead(match: re.Match[str]) -> str:
        target = _in_site(posixpath.normpath(posixpath.join(posixpath.dirname(here), match[2])), files)
        return match[0] if target is None else f"{match[1]}{posixpath.relpath(target, posixpath.dirname(src) or '.')}{match[3]}"

    return _LINK.sub(lead, markdown)


def _in_site(path: str, files: Files) -> str | None:
    """Where the repository's `path` stands in the site."""
    within = path.removeprefix("docs/") if path.startswith("docs/") else f"repository/{path}"
    for candidate in (within, f"{within}/README.md", f"{within}/index.md"):
        if files.get_file_from_path(candidate) is not None:
            return candidate
    return None
