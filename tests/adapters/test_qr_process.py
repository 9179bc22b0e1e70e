"""What the reading process must hold: no file keeps it longer than its limit or takes it down for the next one.

Example: `pytest tests/adapters/test_qr_process.py`
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event, Thread, Timer, active_count

import pytest
from PIL import Image

from dpr.adapters import qr_process, qr_read
from dpr.adapters.qr_process import Reader, read_codes
from dpr.adapters.qr_write import png
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError, SetupError
from tests.adapters.test_qr_read import FILES, HOSTILE, TEXT, pdf, saved

CODE = FILES["png"]()
SLACK_SECONDS = 1.5  # two cores, and other tests beside this one


def finder_patterns(side: int) -> Image.Image:
    """A sheet of nothing but finder patterns, one pixel a module: every three of them may be the corners of a code."""
    rings = Image.new("1", (9, 9), 1)
    for inset, grey in ((1, 0), (2, 1), (3, 0)):
        rings.paste(grey, (inset, inset, 9 - inset, 9 - inset))
    sheet = Image.new("1", (side, side), 1)
    for x in range(0, side, 9):
        for y in range(0, side, 9):
            sheet.paste(rings, (x, y))
    return sheet


def laughing_pdf(depth: int = 9, times: int = 10) -> bytes:
    """A page that draws a form, which draws another ten times, and so on: a thousand bytes, a billion lines."""
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 200 200]%b/Length %d>>stream\n%b\nendstream"
    next_form = b"/Resources<</XObject<</F %d 0 R>>>>"
    drawn = b"/F Do " * times
    objects = [
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(drawn), drawn),
    ]
    objects += [form % (next_form % (number + 6), len(drawn), drawn) for number in range(depth)]
    line = b"0 0 m 200 200 l S"
    return pdf(*objects, form % (b"", len(line), line))


def error_of(read: Callable[[], object]) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        read()
    assert caught.value.code in CODES
    return caught.value


@pytest.mark.parametrize("name", ["png", "pdf", "jpeg, turned by the camera"])
def test_a_file_is_read_as_it_is_in_this_process(name: str) -> None:
    data = FILES[name]()
    assert read_codes(data) == qr_read.read_codes(data)


@pytest.mark.parametrize("name", ["nothing", "text", "half a jpeg", "half a pdf", "one pixel"])
def test_what_cannot_be_read_has_the_same_error_and_detail(name: str) -> None:
    data, code = HOSTILE[name][0](), HOSTILE[name][1]
    there, here = error_of(lambda: read_codes(data)), error_of(lambda: qr_read.read_codes(data))
    assert (there.code, there.detail) == (here.code, here.detail)
    assert there.code == code


def test_any_text_comes_back_exactly() -> None:
    for text in ("Åäö €", "\x1bcontrol", '{"error": "x"}', "\U0001f48a"):
        assert read_codes(png(text), raw=True).texts == (text,)


@pytest.mark.parametrize("data", [saved(finder_patterns(3996), "PNG"), laughing_pdf()], ids=["finder patterns", "pdf"])
def test_a_hostile_file_ends_within_the_limit_and_the_next_one_is_read(data: bytes) -> None:
    assert len(data) < 100_000
    with Reader(limit_seconds=1.5) as reader:
        reader.start()
        started = time.monotonic()
        assert error_of(lambda: reader.read(data)).code == "image_too_slow"
        assert time.monotonic() - started < 1.5 + SLACK_SECONDS
        assert reader.read(CODE).texts == (TEXT,)


def test_what_was_read_before_it_was_stopped_is_kept_with_a_note() -> None:
    pages = io.BytesIO()
    first = Image.open(io.BytesIO(CODE)).convert("1")
    first.save(pages, "TIFF", save_all=True, append_images=[finder_patterns(3996)], compression="tiff_deflate")
    reading = read_codes(pages.getvalue(), limit_seconds=1.5)
    assert (reading.texts, reading.notes) == ((TEXT,), ("image_too_slow",))


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_a_child_out_of_memory_is_a_named_error_and_the_next_one_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr_process, "_may_fork", lambda: False)  # a fork would have this process's freed memory to use
    big = saved(Image.new("RGB", (4000, 4000)), "JPEG", progressive=True)
    with Reader(limit_bytes=40_000_000) as reader:
        assert error_of(lambda: reader.read(big)).code in ("image_too_large", "image_broken")
        assert reader.read(CODE).texts == (TEXT,)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_that_dies_while_it_reads_is_a_named_error_and_the_next_one_is_read(how: signal.Signals) -> None:
    with Reader(limit_seconds=20) as reader:
        reader.start()
        Timer(0.3, lambda: os.kill(child_of(reader), how)).start()
        assert error_of(lambda: reader.read(laughing_pdf())).code == "image_broken"
        assert reader.read(CODE).texts == (TEXT,)


def test_a_child_that_died_between_two_files_is_not_noticed() -> None:
    with Reader() as reader:
        reader.read(CODE)
        os.kill(child_of(reader), signal.SIGKILL)
        time.sleep(0.1)
        assert reader.read(CODE).texts == (TEXT,)


def child_of(reader: Reader) -> int:
    assert reader._child is not None
    pid = reader._child[0].pid
    assert pid is not None
    return pid


def test_one_child_reads_many_files_and_is_gone_when_closed() -> None:
    with Reader() as reader:
        reader.read(CODE)
        first = child_of(reader)
        error_of(lambda: reader.read(b"nothing"))
        reader.read(CODE)
        assert child_of(reader) == first
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


def test_a_child_is_replaced_after_many_files_and_after_one_that_was_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr_process, "_FILES", 2)
    children = []
    with Reader() as reader:
        for _ in range(4):
            reader.read(CODE)
            children.append(child_of(reader))
        assert [children[0] == one for one in children] == [True, True, False, False]
        assert error_of(lambda: reader.read(HOSTILE["too long a side"][0]())).code == "image_too_large"
        assert reader.read(CODE).texts == (TEXT,)
        assert child_of(reader) not in children


def test_threads_may_share_a_reader_and_start_one() -> None:
    texts: list[str] = []
    with Reader() as reader:
        threads = [Thread(target=lambda: texts.extend(reader.read(CODE).texts)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert texts == [TEXT] * 4


def test_nothing_is_forked_while_another_thread_runs() -> None:
    done = Event()
    thread = Thread(target=done.wait)
    thread.start()
    try:
        assert not qr_process._may_fork()
        assert read_codes(CODE).texts == (TEXT,)
    finally:
        done.set()
        thread.join()


def test_a_system_that_starts_no_process_is_a_named_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(_: BaseProcess) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(BaseProcess, "start", refuses)
    with pytest.raises(SetupError) as caught:
        read_codes(CODE)
    assert caught.value.code == "reader_not_started" and caught.value.code in CODES


def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[Connection], object]) -> None:
    """The next children are forked ones that answer a file so, and then wait."""

    def serve(connection: Connection, *_: object) -> None:
        connection.send_bytes(b"ready")
        connection.recv_bytes()
        answer(connection)
        time.sleep(30)

    monkeypatch.setattr(qr_process, "_may_fork", lambda: True)
    monkeypatch.setattr(qr_process, "_serve", serve)


forked = pytest.mark.skipif(sys.platform != "linux", reason="a spawned child would not have what the test puts in")


@forked
@pytest.mark.parametrize("half", [b"\0", b"\0\0\x10\0", b'\0\0\x10\0{"texts": ['], ids=len)
def test_a_child_that_answers_by_half_is_stopped_and_the_next_one_reads(monkeypatch: pytest.MonkeyPatch, half: bytes) -> None:
    with Reader(limit_seconds=0.5) as reader:
        with monkeypatch.context() as patched:
            answering(patched, lambda connection: os.write(connection.fileno(), half))
            started = time.monotonic()
            assert error_of(lambda: reader.read(CODE)).code == "image_too_slow"
            assert time.monotonic() - started < 0.5 + 1 + SLACK_SECONDS
        assert reader.read(CODE).texts == (TEXT,)


@forked
def test_a_child_that_takes_no_more_of_a_large_file_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(connection: Connection, *_: object) -> None:
        connection.send_bytes(b"ready")
        time.sleep(30)

    monkeypatch.setattr(qr_process, "_may_fork", lambda: True)
    monkeypatch.setattr(qr_process, "_serve", serve)
    with Reader(limit_seconds=0.5) as reader:
        assert error_of(lambda: reader.read(bytes(5_000_000))).code == "image_too_slow"


@forked
def test_a_child_that_says_by_half_that_it_is_ready_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(connection: Connection, *_: object) -> None:
        os.write(connection.fileno(), b"\0\0")
        time.sleep(30)

    monkeypatch.setattr(qr_process, "_may_fork", lambda: True)
    monkeypatch.setattr(qr_process, "_serve", serve)
    monkeypatch.setattr(qr_process, "_START_SECONDS", 0.2)
    started = time.monotonic()
    with pytest.raises(SetupError) as caught:
        read_codes(CODE)
    assert caught.value.code == "reader_not_started" and time.monotonic() - started < 0.2 + 1 + SLACK_SECONDS


READ = {"texts": ["x"], "readers": [], "notes": [], "last": True}


@forked
@pytest.mark.parametrize(
    "nonsense",
    [
        *(b"", b"{", b"\xff", b"1", b"null", b'"error"', b"[]", b"{}", b"[" * 1_000_000, b'{"error": "qr_not_found"}'),
        *(json.dumps(READ | changes).encode() for changes in ({"texts": 1}, {"notes": ["no_such_code"]}, {"notes": [[]]})),
        *(json.dumps({"error": code, "detail": ""}).encode() for code in ("no_such_code", "<b>", ["qr_not_found"], None)),
    ],
)
def test_a_child_that_answers_nonsense_is_a_damaged_file_and_the_next_one_reads(
    monkeypatch: pytest.MonkeyPatch, nonsense: bytes
) -> None:
    with Reader() as reader:
        with monkeypatch.context() as patched:
            answering(patched, lambda connection: connection.send_bytes(nonsense))
            assert error_of(lambda: reader.read(CODE)).code == "image_broken"
        assert reader._child is None
        assert reader.read(CODE).texts == (TEXT,)


def test_a_read_leaves_no_thread_so_that_the_next_child_is_forked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr_process, "_FILES", 1)
    before, asked = active_count(), []
    monkeypatch.setattr(qr_process, "_may_fork", lambda: asked.append(active_count()) or False)
    with Reader() as reader:
        for _ in range(3):
            assert reader.read(CODE).texts == (TEXT,)
    assert asked == [before] * 3


def test_a_system_that_starts_no_thread_is_a_named_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", refuses)
    with pytest.raises(SetupError) as caught:
        read_codes(CODE)
    assert caught.value.code == "reader_not_started"


@pytest.mark.skipif(sys.platform != "linux", reason="limits are set")
@pytest.mark.parametrize(("kind", "hard"), [("CPU", 9), ("CPU", 300), ("AS", 4 << 30), ("CORE", 1000)])
def test_a_finite_hard_limit_of_whoever_started_it_is_kept_to(kind: str, hard: int, tmp_path: Path) -> None:
    program = (
        "import sys, resource; from pathlib import Path; from dpr.adapters.qr_process import read_codes\n"
        "if __name__ == '__main__':\n"
        f" resource.setrlimit(resource.RLIMIT_{kind}, ({hard}, {hard}))\n"
        " print(*read_codes(Path(sys.argv[1]).read_bytes(), limit_seconds=20).texts)"
    )
    file = tmp_path / "code.png"
    file.write_bytes(CODE)
    ran = subprocess.run([sys.executable, "-c", program, file], capture_output=True, text=True, check=False)
    assert (ran.stdout.strip(), ran.returncode) == (TEXT, 0), ran.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_child_leaves_no_core_dump_and_ends_when_its_parent_is_gone() -> None:
    program = (
        "import sys; from dpr.adapters.qr_process import Reader\n"
        "if __name__ == '__main__':\n"
        " r = Reader(limit_seconds=1); r.start(); pid = r._child[0].pid\n"
        " core = [l for l in open(f'/proc/{pid}/limits') if 'core file' in l][0].split()[4]\n"
        " print(pid, core, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        pid, core = parent.stdout.readline().split()
        parent.kill()
    assert core == b"0"
    end = time.monotonic() + 15
    while running(int(pid)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not running(int(pid))


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_nothing_heavy_is_imported_where_the_child_is_started_from() -> None:
    program = "import sys, dpr.adapters.qr_process; print([m for m in ('PIL', 'zxingcpp', 'pypdfium2') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout.strip() == b"[]"


def test_decoders_print_nothing_about_torn_files(capfd: pytest.CaptureFixture[str]) -> None:
    tiff = io.BytesIO()
    Image.new("L", (300, 300), 255).save(tiff, "TIFF", compression="tiff_lzw")
    heads = [tiff.getvalue()[:cut] for cut in range(60, len(tiff.getvalue()), 40)]
    assert len(heads) > 5
    with Reader() as reader:
        for torn in heads:
            with pytest.raises(DocumentError):
                reader.read(torn)
    assert capfd.readouterr() == ("", "")
