"""XML as a small tree of values: hostile bytes in, known bytes out.

Rules: one parser, Expat, through Python's own `xml.parsers.expat`: it is kept by its own project, follows Python's security
updates, and lets each limit be tested while it reads. (libxml2 gives up its limits on depth and entities when a text may be
longer than 10 MB, and SDK's may; defusedxml does for ElementTree what stands here, without a limit on depth or number.) UTF-8
only. A document type declaration ends the reading at its first sign, so there are no entities, no DTD and nothing to fetch.
Size is capped before reading, depth, elements and attributes while reading. The bytes are handed over whole: a large token is
scanned once. Comments and processing instructions say nothing and split no text. What is written has no declaration of a type,
one form, and no sign that XML forbids.

Example: `parse(b"<a xmlns='urn:x'>1</a>", most_bytes=1000)` → `Element("{urn:x}a", text="1")`
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from xml.parsers import expat

from dpr.core.errors import DocumentError

MAX_DEPTH = 40
MAX_ELEMENTS = 5_000
MAX_ATTRIBUTES = 50
MAX_NAME = 400
#: Between namespace and local name, as Expat hands them over: a sign that can stand in neither.
_APART = "\n"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_VALUE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


class Element(NamedTuple):
    """An element. `name`: `{namespace}local`; `text`: its own, all pieces together; `attributes`: by name, those with a
    namespace as `{namespace}local`."""

    name: str
    children: tuple[Element, ...] = ()
    text: str = ""
    attributes: Mapping[str, str] = {}

    @property
    def namespace(self) -> str:
        return self.name[1:].partition("}")[0] if self.name.startswith("{") else ""

    @property
    def local(self) -> str:
        return self.name.rpartition("}")[2]


class _Building:
    """What Expat calls; every limit is tested here."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[tuple[str, dict[str, str], list[Element], list[str]]] = []
        self._elements = 0

    def declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "utf8"):
            raise DocumentError("sdk_xml", "encoding is not UTF-8")

    def doctype(self, *_: object) -> None:
        raise DocumentError("sdk_xml_doctype")

    def start(self, name: str, attributes: list[str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise DocumentError("sdk_xml_limit", f"more than {MAX_ELEMENTS} elements")
        if len(self._open) >= MAX_DEPTH:
            raise DocumentError("sdk_xml_limit", f"deeper than {MAX_DEPTH}")
        if len(attributes) > 2 * MAX_ATTRIBUTES or len(name) > MAX_NAME:
            raise DocumentError("sdk_xml_limit", "attributes, or a name")
        named = {_name(key): value for key, value in zip(attributes[::2], attributes[1::2], strict=True)}
        self._open.append((_name(name), named, [], []))

    def text(self, piece: str) -> None:
        if self._open:
            self._open[-1][3].append(piece)

    def end(self, _name: str) -> None:
        name, attributes, children, pieces = self._open.pop()
        element = Element(name, tuple(children), "".join(pieces), attributes)
        if self._open:
            self._open[-1][2].append(element)
        else:
            self.root = element


def parse(data: bytes, *, most_bytes: int) -> Element:
    """The root element. DocumentError `sdk_too_large`, `sdk_xml` (not well-formed, or not UTF-8), `sdk_xml_doctype`,
    `sdk_xml_limit`."""
    if len(data) > most_bytes:
        raise DocumentError("sdk_too_large", f"{len(data)} bytes, at most {most_bytes}")
    if data[:2] in _UTF16:  # a mark that would outrank what the parser is told
        raise DocumentError("sdk_xml", "encoding is not UTF-8")
    building = _Building()
    parser = expat.ParserCreate("UTF-8", _APART)
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.XmlDeclHandler = building.declaration
    parser.StartDoctypeDeclHandler = building.doctype
    parser.StartElementHandler = building.start
    parser.EndElementHandler = building.end
    parser.CharacterDataHandler = building.text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise DocumentError("sdk_xml", f"line {error.lineno}, column {error.offset}: {expat.ErrorString(error.code)}") from None
    if building.root is None:
        raise DocumentError("sdk_xml", "no element")
    return building.root


def write(root: Element, prefixes: Mapping[str, str]) -> bytes:
    """The document with `root`. `prefixes`: for every namespace in it; `""` is the default one. DocumentError `sdk_character`
    for a sign that XML cannot hold."""
    declared = "".join(
        f' xmlns{":" if prefix else ""}{prefix}="{namespace}"'
        for namespace, prefix in sorted(prefixes.items(), key=lambda x: x[1])
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_written(root, prefixes, declared)}\n'.encode()


def _written(element: Element, prefixes: Mapping[str, str], declared: str = "") -> str:
    tag = _tag(element.name, prefixes)
    attributes = "".join(f' {key}="{_safe(value).translate(_VALUE)}"' for key, value in element.attributes.items())
    inside = "".join(_written(child, prefixes) for child in element.children) or _safe(element.text).translate(_TEXT)
    return f"<{tag}{declared}{attributes}>{inside}</{tag}>"


def _tag(name: str, prefixes: Mapping[str, str]) -> str:
    namespace, _, local = name[1:].rpartition("}")
    prefix = prefixes[namespace]
    return f"{prefix}:{local}" if prefix else local


def _safe(text: str) -> str:
    if _FORBIDDEN.search(text):
        raise DocumentError("sdk_character")
    return text


def _name(expanded: str) -> str:
    """Expat's name as `{namespace}local`."""
    namespace, apart, local = expanded.rpartition(_APART)
    return f"{{{namespace}}}{local}" if apart else local
