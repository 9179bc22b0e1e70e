"""Makes the pages and schemas that follow from the source: docs/codes.md, docs/policy.md, schemas/prescription.schema.json,
schemas/wording.json, and the tables and examples of docs/format.md and docs/protocol.md.

Rules: nothing here is written by hand twice; the same source makes the same bytes. `--check` writes nothing and ends with 1
where a file is not what it should be.

Usage: python scripts/make_docs.py [--check]
"""

from __future__ import annotations

import json
import sys
from enum import IntEnum
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from dpr.core import drafts
from dpr.core.codes import CODES, SECTIONS
from dpr.core.policy import Policy

ROOT = Path(__file__).resolve().parent.parent


# --- docs/codes.md ------------------------------------------------------------------------------------------------------


def codes_page() -> str:
    """docs/codes.md."""
    parts = [
        "# Codes\n",
        "Every error, every check of a verdict and every fault in what somebody writes has a stable code: it is never renamed\n"
        "and never used for something else. The words are what the screens show. Made from `dpr/core/codes/` by\n"
        "`scripts/make_docs.py`; do not edit.\n",
        "A verdict names one code for each check, with pass, warn or stop and the age of what it was checked against; the\n"
        "same code may be an error of its own where no verdict is given.\n",
    ]
    for title, table in SECTIONS:
        parts.append(f"## {title}\n")
        parts.append("| code | meaning | what to do |\n|---|---|---|")
        parts += [_row(code) for code in table]
        parts[-1] += "\n"
    return "\n".join(parts)


def _row(code: str) -> str:
    words = CODES[code]
    return f"| `{code}` | {_both(words.en, words.sv)} | {_both(words.do_en, words.do_sv)} |"


def _both(english: str, swedish: str) -> str:
    return f"{english}<br>*{swedish}*".replace("|", "\\|")


# --- docs/policy.md -----------------------------------------------------------------------------------------------------


class Key(msgspec.Struct, frozen=True):
    """One key of the policy, as the page shows it."""

    name: str
    type: str
    default: str
    limits: str
    description: str


def policy_keys() -> list[Key]:
    """Every key of the policy, in its order."""
    found = inspect.type_info(Policy)
    assert isinstance(found, inspect.StructType)
    return [_key(field) for field in found.fields]


def _key(field: inspect.Field) -> Key:
    inner: Any = field.type
    description = ""
    while isinstance(inner, inspect.Metadata):
        description = description or (inner.extra_json_schema or {}).get("description", "")
        inner = inner.type
    made = field.default_factory() if callable(field.default_factory) else field.default
    return Key(field.name, _type_words(inner), _toml(made), _limits(inner), description)


def _type_words(inner: Any) -> str:
    names = {inspect.IntType: "whole number", inspect.BoolType: "true or false", inspect.StrType: "text"}
    if isinstance(inner, inspect.EnumType):
        return "one of " + ", ".join(f"`{member.name.lower()}`" for member in inner.cls)
    if isinstance(inner, inspect.DictType):
        return f"table of {_type_words(_plain(inner.value_type))}s"
    if isinstance(inner, inspect.ListType | inspect.VarTupleType):
        return f"list of {_type_words(_plain(inner.item_type))}"
    return names[type(inner)]


def _plain(inner: Any) -> Any:
    return _plain(inner.type) if isinstance(inner, inspect.Metadata) else inner


def _limits(inner: Any) -> str:
    if isinstance(inner, inspect.DictType):
        return _limits(_plain(inner.value_type))
    low, high = getattr(inner, "ge", None), getattr(inner, "le", None)
    return f"{low} to {high}" if low is not None else ""


def _toml(value: Any) -> str:
    if isinstance(value, IntEnum):
        return json.dumps(value.name.lower())
    return json.dumps(value)


def policy_page() -> str:
    """docs/policy.md."""
    keys = policy_keys()
    rows = [f"| `{key.name}` | {key.type} | `{key.default}` | {key.limits} | {key.description} |" for key in keys]
    example = "\n".join(f"# {key.description}\n{key.name} = {_EXAMPLE.get(key.name, key.default)}" for key in keys)
    return "\n".join(
        [
            "# The site's policy\n",
            "What one pharmacy or clinic allows. Every key has a default that refuses or warns; a key that is not known, or a\n"
            "value outside its limits, is refused when the policy is read. Made from `dpr/core/policy.py` by\n"
            "`scripts/make_docs.py`; do not edit.\n",
            "| key | type | default | limits | meaning |\n|---|---|---|---|---|",
            *rows,
            "\n## A whole example\n",
            "A pharmacy that has decided that it may dispense while the register is down; the other keys stand at their\n"
            "defaults.\n",
            f"```toml\n{example}\n```\n",
        ]
    )


#: What the example says in place of the default.
_EXAMPLE = {"gln": '"7350000000009"', "offline_dispensing": "true"}


# --- all ----------------------------------------------------------------------------------------------------------------


def files() -> dict[Path, str]:
    """Path under the root → what it must hold."""
    from scripts import format_words, make_format  # make_format needs this module's keys

    return {
        Path("docs/codes.md"): codes_page(),
        Path("docs/format.md"): make_format.FORMAT.made(),
        Path("docs/protocol.md"): make_format.PROTOCOL.made(),
        Path("docs/policy.md"): policy_page(),
        Path("schemas/wording.json"): format_words.text(),
        Path("schemas/prescription.schema.json"): json.dumps(drafts.json_schema(), ensure_ascii=False, indent=2) + "\n",
    }


def main(arguments: list[str]) -> int:
    """Writes or compares; 0 when everything is as it should be."""
    stale = []
    for path, content in files().items():
        target = ROOT / path
        if arguments == ["--check"]:
            if not target.exists() or target.read_text("utf-8") != content:
                stale.append(path)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, "utf-8")
    for path in stale:
        print(f"{path} is not what the source makes: run python scripts/make_docs.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
