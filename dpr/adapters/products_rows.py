"""From a header and the fields of one row to a `Product`, by a mapping.

Rules: a fault is said with code, column, what was found and what was expected; the caller adds the line. A text is trimmed
of spaces at its ends; under a lenient mapping it is tidied as well (products_mapping). Values that repeat (forms,
strengths, names) are judged once.

Example: `Columns(["npl_pack_id", …, "control_class"], DOCUMENTED, fault).product(["20900115100014", …, "none"])`
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Protocol
from unicodedata import is_normalized, normalize

from dpr.adapters.products_mapping import CODE_FIELDS, CONTROL_CLASS_WORDS, DOCUMENTED, FIELDS, Mapping
from dpr.core import identifiers
from dpr.core import text as texts
from dpr.core.products import ControlClass, Product

TEXT_LIMIT = 250
DOCUMENTED_HEADER = (*FIELDS, "control_class")


class Fault(Protocol):
    """Takes note of one fault. `column` is "" where the whole line is meant."""

    def __call__(self, code: str, column: str, wrong: str, expected: str) -> None: ...


def _text_fault(value: str) -> str | None:
    return "text_too_long" if len(value) > TEXT_LIMIT else texts.fault(value)


def _atc_fault(value: str) -> str | None:
    """ATC, or ATCvet: the same form after a Q (WHO, Guidelines for ATCvet classification)."""
    return identifiers.atc_fault(value[1:] if value[:1] == "Q" and value[1:2].isalpha() else value)


def _shown(value: str) -> str:
    # What is not in NFC looks like what is, so its signs are named.
    plain = value if is_normalized("NFC", value) else ascii(value)[1:-1]
    return f"'{texts.visible(plain)}'"


_TEXT = (_text_fault, f"at most {TEXT_LIMIT} characters of text in NFC, none of them a control character; like 'Tablett'")
#: Per field: what it must be (text → code of dpr.core.codes or None) and how that is said.
_CHECKS: dict[str, tuple[Callable[[str], str | None], str]] = dict.fromkeys(FIELDS, _TEXT) | {
    "npl_pack_id": (identifiers.npl_pack_id_fault, "14 digits, for example 20900115100014"),
    "npl_id": (identifiers.npl_id_fault, "14 digits, for example 20900115000011"),
    "varunummer": (identifiers.varunummer_fault, "6 digits, for example 205310"),
    "atc": (_atc_fault, "an ATC or ATCvet code of any level, for example N02BE01 or QM01AC06"),
}
_UNIQUE_FIELDS = ("npl_pack_id", "varunummer")


def _column(name: str, place: int) -> str:
    """How a column is called in a fault: by its name where that is one, by its place where it may be anything (another
    file's first line can hold a person)."""
    return name if _COLUMN_NAME.fullmatch(name) else f"number {place}"


_COLUMN_NAME = re.compile(r"[A-Za-zÅÄÖåäö_]{1,40}")


class Columns:
    """Which column is which. The faults of `header` go to `fault` at once; with one, `product` must not be called."""

    def __init__(self, header: list[str], mapping: Mapping, fault: Fault) -> None:
        self.header = [texts.visible(name.strip(" ")) for name in header]
        self._lenient, self._rules, self._fault = mapping.lenient, mapping.control_class, fault
        names = [name.strip(" ").casefold() for name in header]
        self._fields = [
            (field, names.index(found), set[str]())
            for field, accepted in mapping.columns.items()
            if (found := next((name.casefold() for name in accepted if name.casefold() in names), None)) is not None
        ]
        used = dict.fromkeys(name.casefold() for rule in mapping.control_class for name in rule.when)
        self._class_columns = {name: names.index(name) for name in used if name in names}
        self._classes: dict[tuple[str, ...], tuple[ControlClass | None, bool]] = {}
        self._judge_header(names, mapping)

    def _judge_header(self, names: list[str], mapping: Mapping) -> None:
        documented = mapping is DOCUMENTED
        present = [field for field, _, _ in self._fields]
        expected = "each of these once: " + ", ".join(DOCUMENTED_HEADER)
        places: dict[str, int] = {}
        for place, name in enumerate(names, 1):
            places.setdefault(name, place)
        for name, times in Counter(filter(None, names)).items():
            if documented and name not in DOCUMENTED_HEADER:
                self._fault("products_header", _column(name, places[name]), "a column that is not known", expected)
            elif times > 1:
                self._fault("products_header", _column(name, places[name]), "the same column twice", "each column once")
        if documented:
            for name in DOCUMENTED_HEADER:
                if name not in names:
                    self._fault("products_header", name, "no such column", expected)
            return
        if "name" not in present:
            self._fault("products_header", "name", "no such column", " or ".join(mapping.columns["name"]))
        if not set(CODE_FIELDS) & set(present):
            expected = " or ".join(name for field in CODE_FIELDS for name in mapping.columns.get(field, []))  # type: ignore[call-overload]
            self._fault("products_header", "npl_pack_id", "no column with a product code", expected)

    def product(self, fields: list[str]) -> Product:
        """The product in `fields` (as many as the header has). What was faulty is in it too: the caller drops it."""
        values = dict.fromkeys(FIELDS, "")
        for field, index, fine in self._fields:
            value = fields[index].strip(" ")
            if self._lenient:
                value = normalize("NFC", " ".join(value.split()))
            if value and value not in fine:
                check, expected = _CHECKS[field]
                code = check(value)
                if code:
                    self._fault(code, self.header[index], _shown(value), expected)
                elif field not in _UNIQUE_FIELDS:
                    fine.add(value)
            values[field] = value
        if not values["name"]:
            self._fault("products_name_missing", "name", "nothing", "the name of the product, for example 'Alvedon'")
        if not (values["npl_pack_id"] or values["varunummer"] or values["npl_id"]):
            expected = "npl_pack_id; varunummer for food and consumables; or npl_id"
            self._fault("products_code_missing", "npl_pack_id", "no product code", expected)
        return Product(**values, control_class=self._control_class(fields))

    def _control_class(self, fields: list[str]) -> ControlClass | None:
        stated = tuple([fields[index].strip(" ").casefold() for index in self._class_columns.values()])
        if stated not in self._classes:
            self._classes[stated] = self._class_by_rules(stated)
        control_class, known = self._classes[stated]
        if not known and not self._lenient:
            expected = f"one of {', '.join(CONTROL_CLASS_WORDS)}, or nothing where it is unknown"
            column = next(iter(self._class_columns))
            self._fault("products_control_class", column, _shown(" ".join(stated)), expected)
        return control_class

    def _class_by_rules(self, stated: tuple[str, ...]) -> tuple[ControlClass | None, bool]:
        """The class of the first rule that fits, or None; and whether the rules know what was `stated`."""
        by_column = dict(zip(self._class_columns, stated, strict=True))
        for rule in self._rules:
            if all(
                by_column.get(column.casefold()) in [value.casefold() for value in values]
                for column, values in rule.when.items()
            ):
                return CONTROL_CLASS_WORDS[rule.gives], True
        return None, not any(stated)
