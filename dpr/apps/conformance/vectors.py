"""The test vectors: where they are, and what of each an implementation is asked.

Rules: a request has the members of ASKED and no others, so that no name, comment or expectation is ever sent; what a file
says stands for all of its vectors, member for member, unless a vector says otherwise.

Example: `load(folder())[0].request`
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from dpr.core.errors import SetupError

#: What is asked. Everything else that a vector has, but its expectation and words, is what must be answered.
ASKED = ("layer", "input", "now", "policy", "trust", "known_since", "key", "external_aad", "given")
_OF_THE_SITE = ("policy", "trust")
_WORDS = ("name", "comment", "expect")


class Vector(NamedTuple):
    """One vector: its file without `.json`, its members, and what is asked."""

    file: str
    members: dict[str, Any]
    request: dict[str, Any]

    @property
    def name(self) -> str:
        """Its name, with the file's: once among all vectors."""
        return f"{self.file}:{self.members['name']}"

    @property
    def layer(self) -> str:
        """How it is judged."""
        return str(self.members["layer"])

    @property
    def stated(self) -> dict[str, Any]:
        """What an answer must say of it; of a refused one, only the checks of a verdict."""
        return {name: value for name, value in self.members.items() if name not in (*ASKED, *_WORDS)}


def folder() -> Path:
    """The vectors that come with dpr: in a checkout tests/vectors, in an installed package dpr/vectors."""
    package = Path(__file__).resolve().parent.parent.parent
    installed = package / "vectors"
    return installed if installed.is_dir() else package.parent / "tests" / "vectors"


def load(where: Path) -> list[Vector]:
    """Every vector of a folder, by file and in their order. SetupError `vectors_missing`, `vectors_invalid`."""
    found: list[Vector] = []
    for path in sorted(where.glob("*.json")):
        try:
            content = json.loads(path.read_text("utf-8"))
            found += [Vector(path.stem, vector, _request(content, vector)) for vector in content["vectors"]]
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise SetupError("vectors_invalid", f"{path}: {type(error).__name__}") from None
    if not found:
        raise SetupError("vectors_missing", str(where))
    return found


def _request(content: dict[str, Any], vector: dict[str, Any]) -> dict[str, Any]:
    """What is asked of a vector. KeyError, TypeError where it lacks a member or one is of another type."""
    if any(not isinstance(vector[name], str) for name in ("name", "comment", "layer", "expect")):
        raise TypeError
    asked = {name: vector[name] for name in ASKED if name in vector}
    asked |= {"input": vector["input"]}
    if "now" in content and "now" not in vector:
        asked["now"] = content["now"]
    return asked | {name: {**content[name], **vector.get(name, {})} for name in _OF_THE_SITE if name in content}
