"""What the reference register holds: patients, prescriptions, dispensings, and what they are found by.

Rules: synchronous, safe from several threads; every change is one transaction, durable when it returns. Nothing is
de-duplicated: the same dispensing sent twice is two dispensings, until none is left. Raises StorageError.

Example: `store = Store(open_file(path)); kept = store.keep(resource, now)`
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.engine import Connection, Engine

from dpr.apps.register.outcomes import Finding, Refusal
from dpr.apps.register.rules import against, literal_patient, literal_prescription
from dpr.apps.register.tables import PATIENTS, RESOURCES, TOKENS, named_errors
from dpr.core.fhir_names import EXTENSIONS, SYSTEMS, Resource, extension, extension_value, identifiers, listed

#: More hits than this are no answer.
MAX_HITS = 1000


class Wanted(NamedTuple):
    """The conditions of a search, all of which must be met; None is no condition. `token`: (system or None for any, value)."""

    token: tuple[str | None, str] | None = None
    patient: str | None = None
    birth_date: str | None = None
    prescription: str | None = None


class Store:
    """The register's contents."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Closes the file."""
        self._engine.dispose()

    def patient_id(self, system: str, value: str, *, make: bool) -> str | None:
        """The id of the patient with this identifier; a new one where there is none and `make` says so."""
        with self._transaction() as connection:
            query = select(PATIENTS.c.id).where(PATIENTS.c.system == system, PATIENTS.c.value == value)
            found = connection.execute(query).scalar()
            if found is None and make:
                found = str(uuid4())
                connection.execute(PATIENTS.insert().values(id=found, system=system, value=value))
            return found

    def patient(self, id: str) -> tuple[str, str] | None:
        """(system, value) of a patient."""
        with self._transaction() as connection:
            row = connection.execute(select(PATIENTS.c.system, PATIENTS.c.value).where(PATIENTS.c.id == id)).first()
            return (row[0], row[1]) if row else None

    def keep(self, resource: Resource, now: datetime) -> Resource:
        """Keeps a checked resource and returns it with its id and times. Refusal where it does not fit, and nothing is kept."""
        with self._transaction() as connection:
            patient, prescription = literal_patient(resource), literal_prescription(resource)
            if patient is not None and not connection.execute(select(PATIENTS.c.seq).where(PATIENTS.c.id == patient)).first():
                raise Refusal(422, Finding("patient-unknown", f"{resource['resourceType']}.subject"))
            if prescription is not None:
                _fits(connection, resource, prescription)
            kept = _with_id(resource, now)
            row = {
                "id": kept["id"],
                "type": kept["resourceType"],
                "patient": patient,
                "birth_date": _birth_date(kept),
                "prescription": prescription,
                "body": json.dumps(kept, ensure_ascii=False),
            }
            [seq] = connection.execute(RESOURCES.insert().values(row).returning(RESOURCES.c.seq)).one()
            for system, value in sorted(_tokens(kept)):
                connection.execute(TOKENS.insert().values(resource=seq, system=system, value=value))
            return kept

    def read(self, type: str, id: str) -> Resource | None:
        """One resource."""
        with self._transaction() as connection:
            return _read(connection, type, id)

    def search(self, type: str, wanted: Wanted) -> list[Resource] | None:
        """Every resource that meets the conditions, oldest first; None where that is more than `MAX_HITS`."""
        conditions: list[ColumnElement[bool]] = [RESOURCES.c.type == type]
        for name in ("patient", "birth_date", "prescription"):
            if (value := getattr(wanted, name)) is not None:
                conditions.append(RESOURCES.c[name] == value)
        if wanted.token is not None:
            system, value = wanted.token
            match = and_(TOKENS.c.resource == RESOURCES.c.seq, TOKENS.c.value == value)
            conditions.append(exists().where(match if system is None else and_(match, TOKENS.c.system == system)))
        query = select(RESOURCES.c.body).where(*conditions).order_by(RESOURCES.c.seq).limit(MAX_HITS + 1)
        with self._transaction() as connection:
            bodies = connection.execute(query).scalars().all()
        return None if len(bodies) > MAX_HITS else [json.loads(body) for body in bodies]

    def counts(self) -> dict[str, int]:
        """How many of each there are."""
        with self._transaction() as connection:
            rows = connection.execute(select(RESOURCES.c.type, func.count()).group_by(RESOURCES.c.type)).all()
            patients = connection.execute(select(func.count()).select_from(PATIENTS)).scalar_one()
        found = {row[0]: row[1] for row in rows}
        return {"Patient": patients} | {type: found.get(type, 0) for type in ("MedicationRequest", "MedicationDispense")}

    def latest(self) -> list[Resource]:
        """The latest resources (at most `MAX_HITS`), oldest first; patients are not among them."""
        with self._transaction() as connection:
            query = select(RESOURCES.c.body).order_by(RESOURCES.c.seq.desc()).limit(MAX_HITS)
            bodies = connection.execute(query).scalars().all()
        return [json.loads(body) for body in reversed(bodies)]

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with named_errors(), self._engine.begin() as connection:
            yield connection


def _fits(connection: Connection, resource: Resource, prescription: str) -> None:
    registered = connection.execute(select(func.count()).where(RESOURCES.c.prescription == prescription)).scalar_one()
    findings = against(resource, _read(connection, "MedicationRequest", prescription), registered)
    if findings:
        raise Refusal(409 if any(finding.key == "none-left" for finding in findings) else 422, *findings)


def _read(connection: Connection, type: str, id: str) -> Resource | None:
    body = connection.execute(select(RESOURCES.c.body).where(RESOURCES.c.id == id, RESOURCES.c.type == type)).scalar()
    return None if body is None else dict(json.loads(body))


def _with_id(resource: Resource, now: datetime) -> Resource:
    """As it is kept: with the register's id and times and, for a dispensing, its dispatch id."""
    updated = now.astimezone(UTC).isoformat(timespec="milliseconds")
    kept = {"resourceType": resource["resourceType"], "id": str(uuid4())} | resource
    kept["meta"] = {**resource["meta"], "versionId": "1", "lastUpdated": updated}
    if resource["resourceType"] == "MedicationDispense":
        theirs = [one for one in listed(resource, "extension") if one.get("url") != EXTENSIONS["dispatch_id"].url]
        kept["extension"] = [*theirs, extension("dispatch_id", str(uuid4()))]
    return kept


def _birth_date(resource: Resource) -> str | None:
    """The date of birth of a contained patient."""
    subject = str(resource["subject"].get("reference"))
    for one in listed(resource, "contained"):
        if subject == f"#{one.get('id')}" and one.get("resourceType") == "Patient":
            return str(one.get("birthDate"))
    return None


def _tokens(resource: Resource) -> set[tuple[str, str]]:
    """(system, value) by which a resource is found: its identifiers and, for a dispensing, the actor's dispatch id, alone
    and with the row number."""
    found = identifiers(resource)
    actor, row = extension_value(resource, "actor_dispatch_id"), extension_value(resource, "dispatch_row")
    if actor is not None:
        found |= {(SYSTEMS["actor_dispatch"], actor), (SYSTEMS["actor_dispatch"], f"{actor}-{row}")}
    return found
