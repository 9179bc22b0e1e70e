"""Every target, by importing the modules that hold them.

Example: `from tests.fuzz.all_targets import TARGETS`
"""

from __future__ import annotations

from tests.fuzz import of_bytes, of_codes, of_files, of_signed, of_text
from tests.fuzz.target import TARGETS

__all__ = ["TARGETS", "of_bytes", "of_codes", "of_files", "of_signed", "of_text"]
