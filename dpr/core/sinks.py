"""Where a prescription is registered afterwards (domain.md §7): which register, and what is owed to it.

Rules: patients with a number: each item is registered, then each dispensing of it. Patients with only a birth date: each
dispensing carries the prescription's details, nothing is registered before. Animals: Receptdepå djur, which is not FHIR.

Example: `sink_of(prescription) is Sink.REGISTER`
"""

from __future__ import annotations

from enum import Enum

from dpr.core.prescription import Prescription


class Sink(Enum):
    """How a prescription and its dispensings reach a register."""

    REGISTER = "register"
    PAPER = "paper"
    ANIMALS = "animals"


def sink_of(prescription: Prescription) -> Sink:
    """The sink of a prescription."""
    if prescription.content.patient is None:
        return Sink.ANIMALS
    return Sink.PAPER if prescription.content.patient.birth_date is not None else Sink.REGISTER


def registrations_owed(prescription: Prescription) -> int:
    """How many items are to be registered before their dispensings."""
    return len(prescription.content.items) if sink_of(prescription) is Sink.REGISTER else 0
