"""A prescription too long for one code, from the clinic's printer to the pharmacy's counter: all its codes in one photo, a
photo each, typed one after another; one forgotten, one unreadable, two prescriptions mixed."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
from pathlib import Path
from typing import NamedTuple

import pypdfium2
import pytest
from PIL import Image

from dpr.apps.demo.damage import damage
from dpr.core import qr, qr_parts
from tests.e2e.cli import ENVIRONMENT, Ran, command, run
from tests.e2e.stage import SECRETS, Stage, clean, done
from tests.world import EXAMPLES

TEN = json.loads((EXAMPLES / "prescriptions" / "ten-items.json").read_text("utf-8"))


class Printed(NamedTuple):
    """One prescription and what the clinic printed of it."""

    folder: Path
    document: bytes
    texts: tuple[str, ...]

    @property
    def mark(self) -> str:
        part = qr.read(self.texts[0])
        assert isinstance(part, qr.Part)
        return qr_parts.mark_of(part.set_id)

    def png(self, number: int) -> Path:
        return self.folder / f"rx-{number}.png"


def printed(stage: Stage, folder: Path, draft: object) -> Printed:
    folder.mkdir()
    signed = stage.prescribe(draft, folder / "rx.cbor").json  # type: ignore[arg-type]
    assert signed["qr_text"] is None
    written = ("--pdf", folder / "rx.pdf", "--png", folder / "rx.png", "--svg", folder / "rx.svg")
    done("--site", stage.clinic, "print", folder / "rx.cbor", *written)
    return Printed(folder, (folder / "rx.cbor").read_bytes(), tuple(signed["qr_texts"]))


@pytest.fixture(scope="module")
def ten(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    return printed(stage, tmp_path_factory.mktemp("ten") / "rx", TEN)


@pytest.fixture(scope="module")
def other(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    patient = {"patient": TEN["patient"] | {"name": "Another Name"}}
    return printed(stage, tmp_path_factory.mktemp("other") / "rx", TEN | patient)


def verify(stage: Stage, *names: object, stdin: str = "", language: str = "sv") -> Ran:
    return clean(run("--lang", language, "--site", stage.pharmacy, "verify", *names, "--json", stdin=stdin.encode()))


def accepted(ran: Ran) -> bool:
    return ran.code == 0 and ran.json["verdict"] == "accepted" and len(ran.json["prescription"]["items"]) == 10


def test_a_prescription_of_one_code_is_printed_as_ever(stage: Stage, tmp_path: Path) -> None:
    done("--site", stage.clinic, "print", stage.rx("one"), "--png", tmp_path / "rx.png")
    assert [path.name for path in tmp_path.iterdir()] == ["rx.png"]


def test_each_code_has_its_own_file_and_the_prescriber_is_told(stage: Stage, ten: Printed, tmp_path: Path) -> None:
    assert sorted(path.name for path in ten.folder.iterdir()) == [
        *("rx-1.png", "rx-1.svg", "rx-2.png", "rx-2.svg", "rx.cbor", "rx.pdf")
    ]
    words = ("--site", stage.clinic, "print", ten.folder / "rx.cbor", "--png", tmp_path / "a.b.png")
    swedish, english = done(*words).out, done("--lang", "en", *words).out
    assert "a.b-1.png: kod 1 av 2" in swedish and "2 koder: visa alla" in swedish
    assert "a.b-2.png: code 2 of 2" in english and "2 codes: show them all" in english


def test_no_code_is_written_where_one_of_them_would_destroy_a_key(stage: Stage, ten: Printed, tmp_path: Path) -> None:
    (tmp_path / "rx-2.png").write_text("-----BEGIN PRIVATE KEY-----\n")
    ran = run("--site", stage.clinic, "print", ten.folder / "rx.cbor", "--png", tmp_path / "rx.png")
    assert ran.code == 2 and "[key_file_exists]" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["rx-2.png"]


@pytest.mark.parametrize("kind", ["png", "svg"])
@pytest.mark.parametrize(
    ("left", "named"), [(("rx",), ("rx",)), (("rx-3", "rx-2"), ("rx-3",)), (("rx", "rx-16"), ("rx", "rx-16"))]
)
def test_nothing_is_written_where_an_earlier_prints_codes_would_stand_among_these(
    stage: Stage, ten: Printed, tmp_path: Path, kind: str, left: tuple[str, ...], named: tuple[str, ...]
) -> None:
    for name in left:
        (tmp_path / f"{name}.{kind}").write_text("another patient's")
    ran = run(
        "--site",
        stage.clinic,
        "print",
        ten.folder / "rx.cbor",
        "--pdf",
        tmp_path / "a.pdf",
        f"--{kind}",
        tmp_path / f"rx.{kind}",
    )
    assert ran.code == 2 and "[other_codes_there]" in ran.err
    assert [str(tmp_path / f"{name}.{kind}") in ran.err for name in left] == [name in named for name in left]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{name}.{kind}" for name in left)


def test_the_only_code_is_not_written_beside_an_earlier_prints_several(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "rx-1.png").write_text("another patient's")
    ran = run("--site", stage.clinic, "print", stage.rx("one"), "--png", tmp_path / "rx.png")
    assert ran.code == 2 and "[other_codes_there]" in ran.err and not (tmp_path / "rx.png").exists()


def test_the_same_print_is_made_again_over_itself_and_other_names_are_not_minded(
    stage: Stage, ten: Printed, tmp_path: Path
) -> None:
    for name in ("rx.jpg", "rx-1.svg", "rx-old.png", "rx-17.png", "other-3.png"):
        (tmp_path / name).write_text("not of these")
    for _ in range(2):
        done("--site", stage.clinic, "print", ten.folder / "rx.cbor", "--png", tmp_path / "rx.png")
    assert (tmp_path / "rx-2.png").read_bytes() == ten.png(2).read_bytes()


@pytest.mark.parametrize("name", [".", "..", "/", "", "sub/", "there/"])
@pytest.mark.parametrize("option", ["--png", "--svg", "--pdf"])
def test_a_folder_where_a_file_should_be_named_is_misuse(
    stage: Stage, ten: Printed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, name: str
) -> None:
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path)
    ran = run("--site", stage.clinic.resolve(), "print", ten.folder / "rx.cbor", option, name)
    assert ran.code == 2 and "name a file" in ran.err and option in ran.err and "program_fault" not in ran.err
    assert [path.name for path in tmp_path.rglob("*")] == ["there"]


def test_the_clinic_prints_again_from_the_codes(stage: Stage, ten: Printed, tmp_path: Path) -> None:
    done("--site", stage.clinic, "print", ten.png(2), ten.png(1), "--pdf", tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == (ten.folder / "rx.pdf").read_bytes()


@pytest.mark.parametrize("order", [(1, 2), (2, 1), (2, 1, 2)])
def test_a_photo_of_each_code_is_enough_in_any_order(stage: Stage, ten: Printed, order: tuple[int, ...]) -> None:
    assert accepted(verify(stage, *map(ten.png, order)))


def test_the_whole_pdf_and_one_bad_photo_of_its_first_page_are_enough(stage: Stage, ten: Printed, tmp_path: Path) -> None:
    assert accepted(verify(stage, ten.folder / "rx.pdf"))
    page = pypdfium2.PdfDocument(ten.folder / "rx.pdf")[0].render(scale=250 / 72).to_pil()
    photo = tmp_path / "photo.jpg"
    damage(page, "perspective", strength=0.1, seed=1).save(photo, "JPEG", quality=70)
    assert accepted(verify(stage, photo))


def test_what_is_missing_is_named_in_both_languages(stage: Stage, ten: Printed) -> None:
    swedish, english = (verify(stage, ten.png(1), language=language) for language in ("sv", "en"))
    assert (swedish.code, swedish.json["error"]) == (1, "qr_part_missing")
    assert "Kod 2 av 2 saknas" in swedish.err and "code 2 of 2 missing" in english.err
    assert all(one.json["detail"] == "part 2 of 2 missing" for one in (swedish, english))


def test_two_prescriptions_that_both_lack_a_code_are_told_apart_by_their_printed_mark(
    stage: Stage, ten: Printed, other: Printed
) -> None:
    ran = verify(stage, ten.png(1), other.png(2))
    assert f"Kod 2 av 2 saknas (märke {ten.mark}); Kod 1 av 2 saknas (märke {other.mark})" in ran.err
    page = pypdfium2.PdfDocument(ten.folder / "rx.pdf")[0].get_textpage().get_text_bounded()
    assert f"Kod 1 av 2 · märke {ten.mark}" in page and f"Kod 2 av 2 · märke {ten.mark}" in page


def test_a_code_of_another_prescription_between_them_does_no_harm_and_is_told(
    stage: Stage, ten: Printed, other: Printed
) -> None:
    ran = verify(stage, ten.png(1), other.png(2), ten.png(2))
    assert accepted(ran) and ran.json["prescription"]["patient"]["name"] == TEN["patient"]["name"]
    assert f"Ett annat recept är inte komplett: kod 1 av 2 saknas (märke {other.mark})" in ran.err


def test_two_whole_prescriptions_are_not_one(stage: Stage, ten: Printed, other: Printed) -> None:
    ran = verify(stage, ten.png(1), other.png(2), ten.png(2), other.png(1))
    assert (ran.code, ran.json["error"], ran.json["detail"]) == (1, "several_documents", "2 documents")
    found = done("--site", stage.pharmacy, "scan", ten.png(1), other.png(2), ten.png(2), other.png(1), "--json").json
    assert [one["document"] for one in found] == [ten.document.hex(), other.document.hex()]


def test_of_several_photos_one_may_be_unreadable_and_it_is_said_which(stage: Stage, ten: Printed, tmp_path: Path) -> None:
    white = tmp_path / "white.png"
    Image.new("L", (300, 300), 255).save(white)
    ran = verify(stage, ten.png(1), white, ten.png(2))
    assert accepted(ran) and "fil 2 av 3: " in ran.err and "[qr_not_found]" in ran.err
    assert verify(stage, ten.png(1), white).json["error"] == "qr_part_missing"
    ran = verify(stage, white, white)
    assert (ran.code, ran.json["error"], ran.json["detail"]) == (1, "qr_not_found", "file 2 of 2")


def test_a_faulty_text_among_several_files_is_named_with_its_file(stage: Stage, ten: Printed, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.txt"
    wrong.write_text(ten.texts[1][:-1])
    ran = verify(stage, ten.png(1), wrong)
    assert ran.json["error"] == "qr_cut_off" and ran.json["detail"].startswith("file 2 of 2: ")


def test_receive_takes_the_codes_and_scan_prints_each(own: Stage, ten: Printed) -> None:
    received = done("--site", own.pharmacy, "receive", ten.png(2), ten.png(1), "--json").json
    assert received["may_be_dispensed"] == list(range(1, 11))
    raw = done("--site", own.pharmacy, "scan", "--raw", ten.png(2), ten.png(1)).out.split()
    assert tuple(raw) == ten.texts[::-1]
    both = done("--site", own.pharmacy, "scan", "--raw", ten.folder / "rx.pdf", "--json").json
    assert set(both) == set(ten.texts)


# --- typed by a scanner -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("between", ["\r\n", "\n\n", "", "\t"])
def test_codes_typed_into_a_pipe_or_file_are_put_together(stage: Stage, ten: Printed, tmp_path: Path, between: str) -> None:
    text = between.join((ten.texts[1], ten.texts[0].lower(), ten.texts[1]))
    (tmp_path / "typed.txt").write_text(text)
    assert accepted(verify(stage, "-", stdin=text))
    assert accepted(verify(stage, tmp_path / "typed.txt"))


def test_one_typed_code_of_two_is_not_enough(stage: Stage, ten: Printed) -> None:
    assert verify(stage, "-", stdin=ten.texts[0]).json["error"] == "qr_part_missing"


def on_a_terminal(stage: Stage, lines: list[str], language: str = "sv") -> tuple[int, str, str]:
    """`verify -` with each line typed when something was said of the one before; Ctrl-D is a line of its own."""
    controller, terminal = pty.openpty()
    try:
        running = subprocess.Popen(
            command("--lang", language, "--site", stage.pharmacy, "verify", "-"),
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
        )
        assert running.stderr is not None
        said = running.stderr.readline()
        for line in lines[:-1]:
            os.write(controller, line.encode() + b"\r\n")
            while not (last := running.stderr.readline()).rstrip().endswith(b"."):
                said += last
            said += last
        os.write(controller, b"\x04" if lines[-1] == "\x04" else lines[-1].encode() + b"\n")
        out, err = running.communicate(timeout=60)
    finally:
        os.close(controller)
        os.close(terminal)
    assert not any(secret.encode() in said + err for secret in SECRETS)
    return running.returncode, out.decode(), (said + err).decode()


def test_on_a_terminal_the_codes_are_asked_for_one_by_one(stage: Stage, ten: Printed) -> None:
    code, out, err = on_a_terminal(stage, [*ten.texts], "en")
    assert code == 0 and "ACCEPTED" in out
    assert f"1 of 2 codes read (mark {ten.mark}). Scan the next; left: code 2." in err


def test_on_a_terminal_another_prescriptions_code_and_a_repeat_do_no_harm(stage: Stage, ten: Printed, other: Printed) -> None:
    code, out, err = on_a_terminal(stage, [ten.texts[1], other.texts[1], ten.texts[1], ten.texts[0]])
    assert code == 0 and "GODTAS" in out
    assert f"(märke {other.mark}). Skanna nästa; kvar: kod 1." in err and "Ett annat recept är inte komplett" in err


def test_on_a_terminal_a_forgotten_code_is_named_at_the_end(stage: Stage, ten: Printed) -> None:
    code, out, err = on_a_terminal(stage, [ten.texts[1], "\x04"])
    assert (code, out) == (1, "") and "Kod 1 av 2 saknas" in err and "[qr_part_missing]" in err


def test_on_a_terminal_a_code_read_wrong_is_scanned_again(stage: Stage, ten: Printed) -> None:
    first, second = ten.texts
    code, out, err = on_a_terminal(stage, [first, second[:-1], second])
    assert code == 0 and "GODTAS" in out and "[qr_cut_off]" in err


def test_on_a_terminal_codes_that_do_not_agree_are_begun_anew(stage: Stage, ten: Printed) -> None:
    first, second = ten.texts
    swapped = second[:300] + second[300:310][::-1] + second[310:]
    code, out, err = on_a_terminal(stage, [first, swapped, second, first])
    assert code == 0 and "GODTAS" in out and "[qr_parts_damaged]" in err


def test_a_code_never_read_well_is_never_a_prescription(stage: Stage, ten: Printed) -> None:
    noisy = io.BytesIO()
    damage(Image.open(ten.png(1)), "noise", strength=1, seed=1).save(noisy, "PNG")
    ran = clean(run("--site", stage.pharmacy, "verify", "-", "--json", stdin=noisy.getvalue()))
    assert ran.code == 1 and ran.json["error"] in ("qr_not_found", "qr_part_missing")
