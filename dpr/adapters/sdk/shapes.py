"""What stands in what, as a table: which elements, in which order, how often, and what a text may be.

Rules: one row for each element that is read. An element that has no row, stands in another place or comes too often is a fault;
so is an empty one, and text beside elements. Only where a row is `open` may elements of other namespaces follow (SDK's schema
has `any ##other` there): they say nothing to us. A fault names the place by element names, which are the table's own, never by
what somebody wrote.

Example: `check(root, {"{urn:x}a": Shape((Slot("{urn:x}b"),))})`
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from dpr.adapters.sdk.xml_tree import Element
from dpr.core.errors import DocumentError

MANY = 100


class Slot(NamedTuple):
    """A child's name and how often it comes."""

    name: str
    least: int = 1
    most: int = 1


class Shape(NamedTuple):
    """An element with `children` in their order, or where there are none a text: of `pattern` where given, at most `longest`
    signs."""

    children: tuple[Slot, ...] = ()
    open: bool = False
    pattern: re.Pattern[str] | None = None
    longest: int = 256


def check(element: Element, shapes: Mapping[str, Shape], place: str = "") -> None:
    """DocumentError `sdk_structure` (what stands where) or `sdk_value` (a text), with the place as detail."""
    place = f"{place}/{element.local}"
    shape = shapes[element.name]
    if not shape.children:
        _check_text(element, shape, place)
        return
    if element.text.strip():
        raise DocumentError("sdk_structure", f"{place}: text beside elements")
    known = {slot.name for slot in shape.children}
    foreign = [one.name not in known for one in element.children]
    own = [one for one, other in zip(element.children, foreign, strict=True) if not other]
    if True in foreign:
        strangers = [one for one, other in zip(element.children, foreign, strict=True) if other]
        ours = {slot.name[1:].partition("}")[0] for slot in shape.children} | {element.namespace}
        if not shape.open or any(one.namespace in ours for one in strangers) or False in foreign[foreign.index(True) :]:
            raise DocumentError("sdk_structure", f"{place}: an element that has no place there")
    _check_order(own, shape.children, place)
    for one in own:
        check(one, shapes, place)


def _check_order(children: list[Element], slots: tuple[Slot, ...], place: str) -> None:
    at = 0
    for slot in slots:
        begun = at
        while at < len(children) and children[at].name == slot.name:
            at += 1
        if not slot.least <= at - begun <= slot.most:
            local = slot.name.rpartition("}")[2]
            raise DocumentError("sdk_structure", f"{place}: {local} {at - begun} times, expected {slot.least} to {slot.most}")
    if at < len(children):
        raise DocumentError("sdk_structure", f"{place}: an element out of order")


def _check_text(element: Element, shape: Shape, place: str) -> None:
    if element.children:
        raise DocumentError("sdk_structure", f"{place}: elements in a text")
    text = element.text.strip()
    if not text:
        raise DocumentError("sdk_structure", f"{place}: empty")
    if len(text) > shape.longest:
        raise DocumentError("sdk_value", f"{place}: {len(text)} signs, at most {shape.longest}")
    if shape.pattern is not None and not shape.pattern.fullmatch(text):
        raise DocumentError("sdk_value", place)


def child(element: Element, name: str) -> Element | None:
    """The first child of that name, namespace and all: where a row is open another's element may be called the same."""
    return next((one for one in element.children if one.name == name), None)


def at(element: Element, *path: str) -> Element:
    """The element at a path that `check` has found to be there."""
    for name in path:
        found = child(element, name)
        assert found is not None, name
        element = found
    return element


def text_at(element: Element, *path: str) -> str:
    """Its text, without white space around."""
    return at(element, *path).text.strip()


def optional_text(element: Element, name: str) -> str:
    """A child's text, or empty."""
    found = child(element, name)
    return found.text.strip() if found else ""


def leaf(name: str, text: str, **attributes: str) -> Element:
    """An element with a text, to be written."""
    return Element(name, (), text, attributes)


def tree(name: str, *children: Element | None) -> Element:
    """An element with those children that are not None, to be written."""
    return Element(name, tuple(one for one in children if one is not None))
