"""Every target, by importing the modules that hold them.

Example: `from tests.fuzz.all_targets import TARGETS`
"""

from __future__ import annotations

from tests.fuzz import (
    of_address_book,
    of_authority,
    of_bytes,
    of_ceremony,
    of_codes,
    of_files,
    of_mail,
    of_mail_node,
    of_receipts,
    of_relay,
    of_sdk,
    of_signed,
    of_signer,
    of_signer_callers,
    of_signer_files,
    of_signer_settings,
    of_text,
)
from tests.fuzz.target import TARGETS

__all__ = [
    "TARGETS",
    "of_address_book",
    "of_authority",
    "of_bytes",
    "of_ceremony",
    "of_codes",
    "of_files",
    "of_mail",
    "of_mail_node",
    "of_receipts",
    "of_relay",
    "of_sdk",
    "of_signed",
    "of_text",
]
__all__ += ["of_signer", "of_signer_callers", "of_signer_files", "of_signer_settings"]
