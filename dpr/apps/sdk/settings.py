"""A gateway's settings, sdk.toml in its site folder: the two folders, the federation, and who it is in SDK.

Rules: test data never goes into SDK's production, and production never out of it: the federation must fit the policy's
environment. Every key has a meaning or is refused.

Example: `load(Path("site/sdk.toml"), environment=Environment.TEST).from_sdk`
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from dpr.adapters.sdk.names import FEDERATION, FUNCTION, MAX_LABEL, ORGANISATION, Party
from dpr.apps.serving.settings import File
from dpr.core import text
from dpr.core.errors import InputError, SetupError
from dpr.core.trust_list import Environment

_FILE = File(code="sdk_settings_invalid", page="docs/sdk.md")
_Text = Annotated[str, Meta(min_length=1, max_length=MAX_LABEL)]
_Name = Annotated[str, Meta(max_length=MAX_LABEL)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`from_sdk`: what the message service hands over; `to_sdk`: what it is to send; `federation`: as in the envelope;
    `sender`: who the gateway is in SDK, where it sends messages on to a pharmacy there."""

    from_sdk: Path
    to_sdk: Path
    federation: str
    sender: Party | None = None


class _Sender(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    organisation: _Text
    function: _Text
    name: _Name = ""
    function_name: _Name = ""


class _Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file as it is written; `folder` is its own."""

    folder: str
    from_sdk: _Text = "from-sdk"
    to_sdk: _Text = "to-sdk"
    federation: _Text = FEDERATION
    sender: _Sender | None = None


def load(path: Path, *, environment: Environment) -> Settings:
    """The settings in a file; folders are beside it where they are not absolute. SetupError `file_missing`,
    `sdk_settings_invalid`, `sdk_federation`; StorageError `file_…`."""
    try:
        given = _FILE.load(path, _Written)
    except InputError as error:  # the service that hands messages on waits where the set-up is at fault, and goes on
        raise SetupError(error.code, error.detail) from None
    if (given.federation == FEDERATION) is not (environment is Environment.PRODUCTION):
        raise SetupError("sdk_federation", text.visible(given.federation, 80))
    return Settings(
        from_sdk=path.parent / given.from_sdk,
        to_sdk=path.parent / given.to_sdk,
        federation=given.federation,
        sender=_party(given.sender) if given.sender else None,
    )


def _party(given: _Sender) -> Party:
    party = Party(given.organisation, given.function, given.name, given.function_name)
    if not ORGANISATION.fullmatch(party.organisation) or not FUNCTION.fullmatch(party.function):
        raise SetupError("sdk_settings_invalid", "sender: organisation or function")
    return party
