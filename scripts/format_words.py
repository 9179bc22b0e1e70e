"""schemas/wording.json: the words and tables that a program in another language needs beside docs/format.md.

Rules: everything is taken from the source, nothing is written here twice; names are those of the JSON form.

Example: `words()["labels"]["dosage"]["sv"]` → "Dosering"
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from dpr.core import case, codes, identifiers, prescribing, prescription_rules, steps, wording
from dpr.core.codes import CODES
from dpr.core.credential import _PROFESSIONS_OF_ROLE, Profession
from dpr.core.demo_keys import THUMBPRINTS
from dpr.core.fields import json_name
from dpr.core.policy import VERDICT_KEYS, Policy
from dpr.core.products import ControlClass
from dpr.core.trust_list import HOLDERS_OF_ROLE, PROFESSIONS_OF_ROLE
from scripts.format_records import ENUMERATIONS

#: The sections of dpr.core.codes that hold what a reader of documents can say.
SECTIONS = (codes.reading, codes.verdict_signer, codes.verdict_content, codes.documents, codes.lists, codes.trust)
SECTIONS += (codes.credentials, codes.prescription_fields, codes.prescription_rules, codes.mail)
#: Codes of a document that stand in another section.
ALSO = ("dispensing_number", "dispensing_product", "unlisted_with_code", "products_unreadable", "document_too_large")
ALSO += ("policy_invalid", "mail_key_environment", "mail_key_queue", "mail_key_signer", "mail_key_unknown", "mail_not_opened")


def words() -> dict[str, Any]:
    """The whole file."""
    return {
        "about": "Words and tables of dpr's format (docs/format.md). Made by scripts/make_docs.py; do not edit.",
        "labels": {name: _both(*both) for name, both in wording.LABELS.items()},
        "enumerations": {name: [_member(one) for one in enum] for enum, name in ENUMERATIONS.items()},
        "protected_name": wording.PROTECTED_NAME,
        "masked": wording.MASKED,
        "days": {"sv": {"one": "dag", "other": "dagar"}, "en": {"one": "day", "other": "days"}},
        "decimal_mark": {"sv": ",", "en": "."},
        "codes": {code: CODES[code]._asdict() for code in _codes()},
        "steps": [{"step": step, "plain_pass": code} for step, code, _ in steps.STEPS],
        "step_of_rule": steps.STEP_OF_RULE,
        "policy_defaults": {key: _plain(getattr(Policy(), key)) for key in VERDICT_KEYS},
        "professions_of_holder_role": {json_name(role): _names(of) for role, of in _PROFESSIONS_OF_ROLE.items()},
        "holders_of_issuer_role": {json_name(role): _names(of) for role, of in HOLDERS_OF_ROLE.items()},
        "professions_of_issuer_role": {json_name(role): _names(of) for role, of in PROFESSIONS_OF_ROLE.items()},
        "authority": {
            "atc_prefixes": {one.name: groups and [*groups] for one, groups in prescribing.ATC_GROUPS.items()},
            "narcotic_classes": _names(prescribing._NARCOTICS),
            "narcotics_by": _names(prescribing._MAY_PRESCRIBE_NARCOTICS),
            "narcotic_atc_prefixes": [*prescribing.NARCOTIC_GROUPS],
        },
        "control_classes_strictest_first": [json_name(one) for one in sorted(ControlClass, key=case.STRICTNESS.__getitem__)],
        "reservnummer_forms": {oid: form.pattern for oid, form in identifiers.RESERVNUMMER_FORMATS.items()},
        "reservnummer_form_other": identifiers._RESERVNUMMER_OTHER.pattern,
        "telephone_days": prescription_rules.TELEPHONE_DAYS,
        "food_age_years": prescription_rules.FOOD_AGE_YEARS,
        "demo_keys": sorted(one.hex() for one in THUMBPRINTS),
    }


def _both(swedish: str, english: str) -> dict[str, str]:
    return {"sv": swedish, "en": english}


def _member(one: IntEnum) -> dict[str, Any]:
    found: dict[str, Any] = {"number": int(one), "name": json_name(one)}
    if isinstance(one, Profession):
        return found | _both(one.sv, one.en)
    said = wording._WORDS.get(type(one))
    return found | (_both(*said[one]) if said else {})


def _codes() -> Iterable[str]:
    return [code for section in SECTIONS for code in section.TABLE] + [*ALSO]


def _names(members: Iterable[IntEnum | None]) -> list[str]:
    return [json_name(one) for one in sorted(one for one in members if one is not None)]


def _plain(value: Any) -> Any:
    return json_name(value) if isinstance(value, IntEnum) else value


def text() -> str:
    """The file's content."""
    return json.dumps(words(), ensure_ascii=False, indent=1) + "\n"
