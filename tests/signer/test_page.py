"""docs/signing-service.md: its settings are read and complete, its commands are right usage, its routes are there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import msgspec

from dpr.apps.people_csv import COLUMNS
from dpr.apps.signer import config
from dpr.apps.signer.server import OPENAPI
from tests.e2e.test_usage import COMMANDS, LEAVES

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "signing-service.md").read_text("utf-8")


def test_the_settings_are_read_and_each_is_shown(tmp_path: Path) -> None:
    [written] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "signer.toml").write_text(written)
    assert config.load(tmp_path / "signer.toml").local is not None
    for struct in (config.Settings, config.Tls, config.Oidc, config.Local):
        for field in msgspec.structs.fields(struct):
            shown = re.search(rf"(?m)^(\[{field.name}\]|{field.name} = )", written)
            assert shown or field.name == "folder", f"{field.name} is not shown"


def test_the_commands_are_right_usage() -> None:
    lines = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    assert len(lines) >= 7
    for line in lines:
        words = [word for word in shlex.split(line) if not re.match(r"[A-Z_]+=", word)]
        assert words.pop(0) == "dpr"
        words = words[2:] if words[0] == "--site" else words
        path = max((path for path in LEAVES if tuple(words[: len(path)]) == path), key=len)
        COMMANDS[path].make_context("dpr", words[len(path) :])  # a UsageError where it is wrong


def test_the_table_of_calls_is_the_interface() -> None:
    described = {
        (method.upper(), path) for path, methods in json.loads(OPENAPI.read_text())["paths"].items() for method in methods
    }
    assert set(re.findall(r"(GET|POST) (/[\w/.]+)`", PAGE)) | {("GET", "/v1/openapi.json")} == described


def test_the_columns_are_the_issuers() -> None:
    assert all(f"`{column}`" in PAGE for column in COLUMNS if column != "gln")
