"""The commands of a gateway between SDK and our relays: sdk in, out, status (docs/sdk.md).

Rules: each command is one run, for a timer to start; it says what became of every file, and ends at the first thing that is
this machine's fault. `dpr mail serve` carries what was posted. Exit code 1: a file was refused, an answer could not be
given, or a message waits too long for its answer.

Example: `dpr --site brygga sdk in`
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from dpr.apps.cli.common import JSON, OK, REFUSED, Context, age_words, show, show_json

if TYPE_CHECKING:
    from dpr.adapters.mail_db import MailDb
    from dpr.apps.sdk.gateway import Gateway
    from dpr.apps.sdk.incoming import Passed

sdk = typer.Typer(no_args_is_help=True, help="A gateway to SDK, Säker digital kommunikation (docs/sdk.md).")
_WHAT = {
    "posted": ("lagt i utlådan", "put into the outbox"),
    "answered": ("kvittens mottagen", "a receipt came"),
    "repeated": ("har kommit förut", "came before"),
    "refused": ("avvisat", "refused"),
}

#: What there is to say of a message that has waited for too long, by whether SDK has answered it.
_LATE = {False: "sdk_unanswered", True: "sdk_answer_not_given"}


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(sdk, name="sdk")


@sdk.command("in", epilog="Example: dpr sdk in --every 5")
def in_(
    context: typer.Context,
    every: int | None = typer.Option(None, min=1, metavar="SECONDS", help="Again and again, until it is stopped."),
    as_json: bool = JSON,
) -> None:
    """Take in what the message service has handed over. Messages go to the outbox, receipts become answers."""
    given: Context = context.obj
    if every is None:
        raise typer.Exit(REFUSED if _take_in(given, as_json=as_json) else OK)
    from dpr.apps.cli.failing import fail
    from dpr.core.errors import DprError

    told: set[str] = set()
    while True:
        try:
            _take_in(given, as_json=as_json, told=told)
        except DprError as error:  # a full disk, a list that is missing: it may be there the next time
            fail(error, sys.argv[1:])
        time.sleep(every)


def _take_in(given: Context, *, as_json: bool, told: set[str] | None = None) -> bool:
    """One run of one or many; was a file refused, or an answer not given? `told`: which answers the runs before could not give
    either; then nothing is said of a run that did nothing."""
    with _opened(given) as (gateway, db):
        run = gateway.take_in(db.outbox, gateway.standing(db.outbox))
        answers = gateway.give_answers(db.inbox)
    missing = [one.sdk_id for one in answers.missing if told is None or one.sdk_id not in told]
    if told is not None:
        told.update(missing)
        if not (run.passed or run.receipts or answers.answered or missing):
            return False
    if as_json:
        passed = [one._asdict() for one in run.passed]
        show_json({"passed": passed} | _written(run.receipts, len(answers.answered), missing))
    else:
        for one in run.passed:
            show(_line(one, given))
        _show_written(run.receipts, len(answers.answered), missing, given)
    return bool(missing) or any(one.what == "refused" for one in run.passed)


@sdk.command("out", epilog="Example: dpr sdk out")
def out(context: typer.Context, as_json: bool = JSON) -> None:
    """Write the receipts that are due, and give the answers. What comes over relays, dpr mail serve hands on at once."""
    given: Context = context.obj
    with _opened(given) as (gateway, db):
        written = gateway.give_receipts(gateway.standing(db.outbox))
        answers = gateway.give_answers(db.inbox)
    missing = [one.sdk_id for one in answers.missing]
    if as_json:
        show_json(_written(written, len(answers.answered), missing))
    else:
        _show_written(written, len(answers.answered), missing, given)
    raise typer.Exit(REFUSED if missing else OK)


@sdk.command("status", epilog="Example: dpr sdk status --hours 4")
def status(
    context: typer.Context,
    hours: int | None = typer.Option(None, min=0, help="What has waited for longer; else as long as a message lives."),
    as_json: bool = JSON,
) -> None:
    """What waits for an answer, of either way, or has one that was not handed on; and for how long."""
    from dpr.adapters.sdk.journal import Stage
    from dpr.apps.sdk.gateway import Gateway

    given: Context = context.obj
    gateway = Gateway(given.site())
    limit = gateway.site.policy.mail_life_hours if hours is None else hours
    now = int(gateway.site.now().timestamp())
    rows = [
        {
            "way": one.way.value,
            "sdk_id": one.sdk_id,
            "message_id": one.message_id,
            "with": one.other[0],
            "answered": one.stage is Stage.ANSWERING,
            "waited_seconds": now - one.at,
            "too_long": now - one.at > limit * 3600,
        }
        for one in gateway.journal.waiting()
    ]
    if as_json:
        show_json(rows)
    else:
        _show_waiting(rows, given)
    raise typer.Exit(REFUSED if any(row["too_long"] for row in rows) else OK)


@contextmanager
def _opened(given: Context) -> Iterator[tuple[Gateway, MailDb]]:
    from dpr.apps.sdk.gateway import Gateway
    from dpr.apps.sending import mail_db

    with Gateway(given.site()).alone() as gateway, mail_db(gateway.site) as db:
        yield gateway, db


def _written(receipts: int, answered: int, missing: list[str]) -> dict[str, Any]:
    return {"receipts_written": receipts, "answered": answered, "not_answered": missing}


def _show_written(receipts: int, answered: int, missing: list[str], given: Context) -> None:
    from dpr.core.codes import words

    found = words(_LATE[True])
    for sdk_id in missing:
        given.say(f"✗ {sdk_id}: {found.sv} {found.do_sv}", f"✗ {sdk_id}: {found.en} {found.do_en}")
    given.say(
        f"Kvittenser till SDK: {receipts}. Svar till avsändare: {answered}.",
        f"Receipts to SDK: {receipts}. Answers to senders: {answered}.",
    )


def _show_waiting(rows: list[dict[str, Any]], given: Context) -> None:
    from dpr.core.codes import words

    if not rows:
        given.say("Inget väntar på svar.", "Nothing waits for an answer.")
    for row in rows:
        age = age_words(row["waited_seconds"], given.language)
        way = {"in": ("från SDK", "from SDK"), "out": ("till SDK", "to SDK")}[row["way"]]
        mark = "✗" if row["too_long"] else "…"
        state = ("svaret är inte lämnat vidare, ", "its answer is not handed on, ") if row["answered"] else ("", "")
        given.say(
            f"{mark} {way[0]} {row['sdk_id']}, {row['with']}: {state[0]}har väntat {age}",
            f"{mark} {way[1]} {row['sdk_id']}, {row['with']}: {state[1]}has waited {age}",
        )
    for code in sorted({_LATE[row["answered"]] for row in rows if row["too_long"]}):
        found = words(code)
        given.say(f"{found.sv} {found.do_sv}", f"{found.en} {found.do_en}")


def _line(one: Passed, given: Context) -> str:
    from dpr.core.codes import words

    said = _WHAT[one.what][0 if given.language == "sv" else 1]
    if one.what != "refused":
        return f"✓ {one.name}: {said}"
    found = words(one.code)
    return f"✗ {one.name}: {said}. {found.sv if given.language == 'sv' else found.en} [{one.code}] {one.detail}".rstrip()
