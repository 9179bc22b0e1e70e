"""What a run found: counted by layer, for programs (JSON, JUnit XML) and for people.

Rules: passed, passed with another code, failed, unsupported and not run are five counts, never added up. A run is good when
every vector passed, with whatever code: an unsupported one did not. Text from outside is escaped where XML cannot hold it.

Example: `Report(results, notes).junit()`
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple
from xml.etree import ElementTree as xml

from dpr.apps.conformance.results import OF_THE_EXCHANGE, Note, Result, Status

_NO_CHAR = re.compile("[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Report(NamedTuple):
    """The results of every vector, and what else was odd."""

    results: Sequence[Result]
    notes: Sequence[Note] = ()

    @property
    def good(self) -> bool:
        """Did every vector pass?"""
        return all(result.status in (Status.PASSED, Status.OTHER_CODE) for result in self.results)

    @property
    def failures(self) -> list[Result]:
        """What failed, in order."""
        return [result for result in self.results if result.status is Status.FAILED]

    def by_layer(self) -> dict[str, Counter[Status]]:
        """layer → how many of each status, in the order in which layers come."""
        found: dict[str, Counter[Status]] = {}
        for result in self.results:
            found.setdefault(result.vector.layer, Counter())[result.status] += 1
        return found

    def total(self) -> Counter[Status]:
        """How many of each status."""
        return Counter(result.status for result in self.results)

    def as_json(self) -> dict[str, Any]:
        """For a program: docs/conformance.md."""
        return {
            "good": self.good,
            "vectors": len(self.results),
            **_counts(self.total()),
            "layers": {layer: _counts(counts) for layer, counts in self.by_layer().items()},
            "failures": [
                {
                    "file": f"{result.vector.file}.json",
                    "name": result.vector.members["name"],
                    "layer": result.vector.layer,
                    "comment": result.vector.members["comment"],
                    "reason": result.reason,
                    "expected": result.expected,
                    "got": result.got,
                }
                for result in self.failures
            ],
            "notes": [note._asdict() for note in self.notes],
        }

    def junit(self) -> bytes:
        """JUnit XML: a test suite for each layer, a test case for each vector. Unsupported and not run are skipped."""
        root = xml.Element("testsuites", {"name": "dpr conformance", **_attributes(self.results, skipped=False)})
        for layer in self.by_layer():
            of_layer = [result for result in self.results if result.vector.layer == layer]
            suite = xml.SubElement(root, "testsuite", {"name": _xml(layer), **_attributes(of_layer)})
            for result in of_layer:
                _add_case(suite, result)
        xml.indent(root)
        written: bytes = xml.tostring(root, "utf-8", xml_declaration=True)
        return written + b"\n"


def _counts(counts: Counter[Status]) -> dict[str, int]:
    return {status.value: counts[status] for status in Status}


def _attributes(results: Sequence[Result], *, skipped: bool = True) -> dict[str, str]:
    """What JUnit counts; its `testsuites` has no `skipped`."""
    failed = [result for result in results if result.status is Status.FAILED]
    errors = sum(result.reason in OF_THE_EXCHANGE for result in failed)
    found = {"tests": len(results), "failures": len(failed) - errors, "errors": errors}
    if skipped:
        found["skipped"] = sum(result.status in (Status.UNSUPPORTED, Status.NOT_RUN) for result in results)
    seconds = sum(result.seconds for result in results)
    return {name: str(value) for name, value in found.items()} | {"time": f"{seconds:.3f}"}


def _xml(text: str) -> str:
    """A text as XML can hold it: what is no Char of XML 1.0 §2.2 is escaped."""
    return _NO_CHAR.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def _add_case(suite: xml.Element, result: Result) -> None:
    members, classname = result.vector.members, f"{result.vector.layer}.{result.vector.file}"
    names = {"classname": _xml(classname), "name": _xml(members["name"]), "time": f"{result.seconds:.3f}"}
    case = xml.SubElement(suite, "testcase", names)
    if result.status is Status.FAILED:
        kind = "error" if result.reason in OF_THE_EXCHANGE else "failure"
        found = xml.SubElement(case, kind, {"type": result.reason, "message": result.words("en")})
        found.text = "\n".join(_xml(one) for one in (members["comment"], f"expected: {result.expected}", f"got: {result.got}"))
    elif result.status in (Status.UNSUPPORTED, Status.NOT_RUN):
        xml.SubElement(case, "skipped", {"message": result.status.value})
    elif result.status is Status.OTHER_CODE:
        xml.SubElement(case, "system-out").text = _xml(f"other code: expected {result.expected}, got {result.got}")
