"""How the columns of a product table become a `Product`: the documented CSV, and other tables by a mapping file (TOML).

Rules: a mapping names, for each of our fields, the source's columns in order of preference (the first that the header has
is read), and a list of rules for the control class of which the first that fits counts. Where no rule fits, the class is
unknown, and unknown counts as the strictest. Names and rule values are compared without regard to case.

A *lenient* mapping is for a register that the reader cannot correct: texts are tidied (NFC, every run of spaces one plain
space), a value that no rule knows is an unknown class and not a fault, and a faulty row is left out and counted, up to a
limit. A mapping that is not lenient, as that of the documented CSV, refuses the file and says all that is wrong.

Example: `load("vara").columns["name"] == ["produktnamn", "artikelbenamning"]`
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from dpr.adapters import files
from dpr.core.errors import DprError, InputError, Problem
from dpr.core.products import ControlClass
from dpr.core.text import visible

_LIMIT = 16_000  # bytes; a mapping has a sixth of it

#: The fields of a Product that are texts, in the order of the documented CSV (which has `control_class` as its last).
FIELDS = ("npl_pack_id", "npl_id", "varunummer", "atc", "name", "form", "strength", "pack")
CODE_FIELDS = ("npl_pack_id", "varunummer", "npl_id")

#: How a control class is written in the documented CSV and in a mapping. Nothing is written where it is unknown.
CONTROL_CLASS_WORDS = {
    "none": ControlClass.NONE,
    "II": ControlClass.NARCOTIC_II,
    "III": ControlClass.NARCOTIC_III,
    "IV": ControlClass.NARCOTIC_IV,
    "V": ControlClass.NARCOTIC_V,
    "special": ControlClass.OTHER_SPECIAL,
}

FieldName = Literal["npl_pack_id", "npl_id", "varunummer", "atc", "name", "form", "strength", "pack"]
ClassWord = Literal["none", "II", "III", "IV", "V", "special"]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The class `gives` applies where, for every column of `when`, the value is one of those listed."""

    gives: ClassWord
    when: dict[str, list[str]]


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See the rules above. `description` is shown to the operator; `format` is the version of this form, 1."""

    format: Literal[1]
    description: str
    columns: dict[FieldName, list[str]]
    control_class: list[Rule]
    lenient: bool = False


DOCUMENTED = Mapping(
    format=1,
    description="the documented CSV (docs/products.md)",
    columns={name: [name] for name in FIELDS},  # type: ignore[misc]
    control_class=[Rule(word, {"control_class": [word]}) for word in CONTROL_CLASS_WORDS],  # type: ignore[arg-type]
)

BUILT_IN = {"vara": Path(__file__).with_name("vara_mapping.toml")}


def load(name: str) -> Mapping:
    """The mapping called `name`: one of `BUILT_IN`, or the path of a TOML file of the same form.

    Raises InputError `products_mapping_invalid`: no such mapping, or what is wrong in it.
    """
    path = BUILT_IN.get(name, Path(name))
    try:
        mapping = msgspec.toml.decode(files.read_toml(path, limit=_LIMIT), type=Mapping)
    except (DprError, ValueError, RecursionError) as error:  # ValueError: a NUL in the path, or a msgspec or TOML fault
        wrong = error.code if isinstance(error, DprError) else visible(str(error), 200)
        expected = f"{' or '.join(BUILT_IN)}, or a TOML file of the form of dpr/adapters/vara_mapping.toml"
        raise _invalid(Problem(f"mapping {path.name}", "products_mapping_invalid", wrong, expected)) from error
    problems = []
    if not mapping.columns.get("name"):
        problems.append(Problem("columns.name", "products_mapping_invalid", "nothing", 'for example ["produktnamn"]'))
    if not any(mapping.columns.get(code) for code in CODE_FIELDS):  # type: ignore[call-overload]
        expected = f"columns for at least one of {', '.join(CODE_FIELDS)}"
        problems.append(Problem("columns", "products_mapping_invalid", "no product code", expected))
    for number, rule in enumerate(mapping.control_class):
        if not rule.when or not all(rule.when.values()):
            expected = 'a column and its values, for example {narkotikaklass = ["1"]}'
            problems.append(Problem(f"control_class[{number}].when", "products_mapping_invalid", "nothing", expected))
    if problems:
        raise _invalid(*problems)
    return mapping


def _invalid(*problems: Problem) -> InputError:
    return InputError("products_mapping_invalid", problems)
