"""The product file: imports that are whole or nothing, look-ups, search, and files that are not what they should be."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpr.adapters.products_file import FORMAT_VERSION, ProductFile
from dpr.adapters.products_import import import_products
from dpr.adapters.products_mapping import FIELDS
from dpr.core.errors import InputError, StorageError
from dpr.core.products import ControlClass, Product

EXAMPLE = Path(__file__).parents[2] / "examples" / "products.csv"
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=1)))
HEADER = ";".join([*FIELDS, "control_class"])


def write(path: Path, *rows: str) -> Path:
    path.write_text("".join(f"{row}\n" for row in (HEADER, *rows)), encoding="utf-8")
    return path


def imported(directory: Path, *rows: str) -> ProductFile:
    import_products(write(directory / "in.csv", *rows), directory / "products.db", mapping=None, imported_at=NOW)
    return ProductFile.open(directory / "products.db")


def storage_code(path: Path) -> str:
    with pytest.raises(StorageError) as caught:
        ProductFile.open(path).close()
    return caught.value.code


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductFile]:
    path = tmp_path_factory.mktemp("example") / "products.db"
    import_products(EXAMPLE, path, mapping=None, imported_at=NOW)
    with ProductFile.open(path) as products:
        yield products


@pytest.fixture
def in_force(tmp_path: Path) -> Path:
    """A product file with one package, Alvedon, that a failing import must leave alone."""
    imported(tmp_path, "20900115100014;20900115000011;;;Alvedon;;;;none").close()
    return tmp_path / "products.db"


def assert_still_in_force(path: Path) -> None:
    assert [product.name for product in ProductFile.open(path).search("a")] == ["Alvedon"]
    assert not [entry.name for entry in path.parent.iterdir() if entry.name.endswith(".new")]


# --- import and report ----------------------------------------------------------------------------------------------------


def test_an_import_reports_and_the_file_says_where_it_comes_from(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    target = tmp_path / "products.db"
    report = import_products(EXAMPLE, target, mapping=None, imported_at=NOW, progress=lambda *at: calls.append(at))
    about = ProductFile.open(target).about
    assert about == report.about
    assert (about.source, about.mapping, about.imported_at) == ("products.csv", "", NOW.astimezone(UTC))
    assert about.sha256 == sha256(EXAMPLE.read_bytes()).hexdigest()
    assert about.rows == report.rows == len(EXAMPLE.read_text(encoding="utf-8").splitlines()) - 1
    assert about.unknown_control_class == report.unknown_control_class == 1
    assert calls[-1] == (EXAMPLE.stat().st_size, EXAMPLE.stat().st_size)


def test_a_lenient_import_reports_what_it_left_out(tmp_path: Path) -> None:
    source = tmp_path / "vara.csv"
    source.write_text("nplPackageId;produktnamn;lakemedel\n20900115100014;Alvedon;true\nSB1;Ipren;true\n", encoding="utf-8")
    report = import_products(source, tmp_path / "products.db", mapping="vara", imported_at=NOW)
    assert (report.rows, report.skipped, report.about.mapping) == (1, 1, "vara")
    assert [problem.path for problem in report.problems] == ["line 3, column nplPackageId"]


def test_an_import_replaces_and_an_open_file_keeps_its_products_until_opened_again(tmp_path: Path) -> None:
    before = imported(tmp_path, "20900115100014;;;;Alvedon;;;;none")
    assert not before.replaced()
    after = imported(tmp_path, "20900115100024;;;;Ipren;;;;none")
    assert before.replaced() and not after.replaced()
    assert [product.name for product in before.search("a")] == ["Alvedon"]
    assert after.find(npl_pack_id="20900115100014") is None


def test_the_file_may_be_read_by_other_users_of_the_machine(in_force: Path) -> None:
    assert in_force.stat().st_mode & 0o777 == 0o644


def test_a_path_with_signs_that_mean_something_in_a_uri_works(tmp_path: Path) -> None:
    directory = tmp_path / "å ?mode=rw#50%20"
    directory.mkdir()
    assert imported(directory, "20900115100014;;;;Alvedon;;;;none").about.rows == 1


# --- nothing half imported ------------------------------------------------------------------------------------------------


def test_a_faulty_table_leaves_the_old_file_in_force(in_force: Path) -> None:
    good = [f"209001151{number:05};;;;Ipren;;;;none" for number in range(3_000)]
    with pytest.raises(InputError) as caught:
        import_products(write(in_force.with_name("in.csv"), *good, ";;;;Ipren;;;;II"), in_force, mapping=None, imported_at=NOW)
    assert caught.value.problems[0].path == "line 3002, column npl_pack_id"
    assert_still_in_force(in_force)


def test_a_faulty_mapping_leaves_the_old_file_in_force(in_force: Path) -> None:
    with pytest.raises(InputError) as caught:
        import_products(EXAMPLE, in_force, mapping="no-such", imported_at=NOW)
    assert caught.value.code == "products_mapping_invalid"
    assert_still_in_force(in_force)


def test_a_caller_that_gives_up_leaves_the_old_file_in_force(in_force: Path) -> None:
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    rows = [f"209001151{number:05};;;;{'Ipren' * 20};;;;none" for number in range(5_000)]
    with pytest.raises(KeyboardInterrupt):
        import_products(write(in_force.with_name("in.csv"), *rows), in_force, mapping=None, imported_at=NOW, progress=stop)
    assert_still_in_force(in_force)


@pytest.mark.parametrize("source", ["nothing.csv", ".", "a\0b"])
def test_a_source_that_cannot_be_read_is_named(in_force: Path, source: str) -> None:
    with pytest.raises(StorageError) as caught:
        import_products(in_force.parent / source, in_force, mapping=None, imported_at=NOW)
    assert caught.value.code == "products_source_unreadable"
    assert_still_in_force(in_force)


@pytest.mark.parametrize("target", ["missing/products.db", ".", "a\0b", "in.csv/x"])
def test_a_target_that_cannot_be_written_is_named(in_force: Path, target: str) -> None:
    with pytest.raises(StorageError) as caught:
        import_products(EXAMPLE, in_force.parent / target, mapping=None, imported_at=NOW)
    assert caught.value.code == "products_file_not_written"
    assert_still_in_force(in_force)


_IMPORT = """
import os, resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from dpr.adapters.products_import import import_products
from dpr.core.errors import StorageError
source, target, how = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
if how == "full disk":
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
def progress(done, total):
    if how == "kill" and done > total // 2:
        os.kill(os.getpid(), signal.SIGKILL)
try:
    import_products(source, target, mapping=None, imported_at=datetime(2026, 1, 1, tzinfo=UTC), progress=progress)
except StorageError as error:
    sys.exit(error.code)
"""


def run_import(target: Path, how: str) -> subprocess.CompletedProcess[str]:
    rows = [f"209001151{number:05};;;;{'Ipren ' * 10}{number};;;;none" for number in range(20_000)]
    source = write(target.with_name("in.csv"), *rows)
    command = [sys.executable, "-c", _IMPORT, str(source), str(target), how]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="limits and signals of POSIX")
def test_a_full_disk_leaves_the_old_file_in_force_and_nothing_behind(in_force: Path) -> None:
    done = run_import(in_force, "full disk")
    assert (done.returncode, done.stderr.strip()) == (1, "products_file_not_written")
    assert_still_in_force(in_force)


@pytest.mark.skipif(sys.platform == "win32", reason="limits and signals of POSIX")
def test_a_killed_import_leaves_the_old_file_in_force(in_force: Path) -> None:
    assert run_import(in_force, "kill").returncode == -signal.SIGKILL
    [left] = [entry for entry in in_force.parent.iterdir() if entry.name.endswith(".new")]
    assert left.name.startswith(".products.db.")
    left.unlink()
    assert_still_in_force(in_force)
    assert run_import(in_force, "").returncode == 0
    assert ProductFile.open(in_force).about.rows == 20_000


# --- look-up --------------------------------------------------------------------------------------------------------------


def test_every_package_of_the_example_is_found_by_its_strongest_code(example: ProductFile) -> None:
    rows = [line.split(";") for line in EXAMPLE.read_text(encoding="utf-8").splitlines()[1:] if '"' not in line]
    for pack_id, npl_id, varunummer, atc, name, form, strength, pack, _ in rows:
        product = example.find(npl_pack_id=pack_id, npl_id=npl_id, varunummer=varunummer)
        assert product is not None
        assert (product.npl_pack_id, product.varunummer, product.pack) == (pack_id, varunummer, pack)
        by_npl_id = example.find(npl_id=npl_id)
        assert (by_npl_id is None) == (npl_id == "")
        if by_npl_id:
            assert (by_npl_id.npl_id, by_npl_id.atc, by_npl_id.name) == (npl_id, atc, name)
            assert (by_npl_id.form, by_npl_id.strength) == (form, strength)
            assert (by_npl_id.npl_pack_id, by_npl_id.varunummer, by_npl_id.pack) == ("", "", "")


def test_the_strongest_known_code_decides(tmp_path: Path) -> None:
    products = imported(
        tmp_path,
        "20900115100014;20900115000011;100101;;Alvedon;;;;none",
        "20900115100024;20900115000021;100102;;Ipren;;;;none",
        "20900115100034;20900115000031;100103;;Citodon;;;;III",
    )

    def name(**codes: str) -> str:
        product = products.find(**codes)
        return product.name if product else ""

    assert name(npl_pack_id="20900115100014", varunummer="100102", npl_id="20900115000031") == "Alvedon"
    assert name(npl_pack_id="20900115100099", varunummer="100102", npl_id="20900115000031") == "Ipren"
    assert name(npl_pack_id="20900115100099", varunummer="100199", npl_id="20900115000031") == "Citodon"
    assert name(npl_pack_id="20900115000011") == ""
    assert name() == ""


def test_a_shared_varunummer_gives_what_its_packages_have_in_common(tmp_path: Path) -> None:
    products = imported(
        tmp_path,
        "20900115100014;20900115000011;100101;N02AJ06;Citodon;Tablett;500 mg/30 mg;Blister, 50;III",
        "20900115100024;20900115000021;100101;N02AJ06;Citodon 2care4;Tablett;500 mg/30 mg;Blister, 50;",
    )
    expected = Product(varunummer="100101", atc="N02AJ06", name="", form="Tablett", strength="500 mg/30 mg", pack="Blister, 50")
    assert products.find(varunummer="100101") == expected
    assert expected.control_class is None


def test_an_npl_id_whose_packages_differ_in_class_has_an_unknown_class(tmp_path: Path) -> None:
    products = imported(
        tmp_path,
        "20900115100014;20900115000011;;;Alvedon;;;;none",
        "20900115100024;20900115000011;;;Alvedon;;;;II",
        "20900115100034;20900115000021;;;Citodon;;;;III",
        "20900115100044;20900115000021;;;Citodon;;;;III",
    )
    mixed, alike = products.find(npl_id="20900115000011"), products.find(npl_id="20900115000021")
    assert mixed is not None and mixed.control_class is None
    assert alike is not None and alike.control_class is ControlClass.NARCOTIC_III


@given(st.text(max_size=30))
def test_any_text_as_a_code_finds_nothing_and_never_fails(example: ProductFile, code: str) -> None:
    found = example.find(npl_pack_id=code, npl_id=code, varunummer=code)
    assert found is None or code in (found.npl_pack_id, found.npl_id, found.varunummer)


@pytest.mark.parametrize("code", ["\ud800", "' OR 1=1 --", "%", "2090011510001\0", "２０９００１１５１０００１４"])
def test_hostile_codes_find_nothing(example: ProductFile, code: str) -> None:
    assert example.find(npl_pack_id=code, npl_id=code, varunummer=code) is None


def test_many_threads_may_look_up_at_once(example: ProductFile) -> None:
    codes = [product.npl_pack_id for product in example.search("tablett", 200)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda code: example.find(npl_pack_id=code), codes * 50))
    assert [product.npl_pack_id for product in found if product] == codes * 50


# --- search ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("alv", {"Alvedon"}),
        ("ALVEDON 500", {"Alvedon"}),
        ("kåvepenin", {"Kåvepenin"}),
        ("kave", {"Kåvepenin"}),
        ("KÅVE oral", {"Kåvepenin"}),
        ("omeprazol tev", {"Omeprazol Teva"}),
        ("teva", {"Omeprazol Teva"}),
        ("citodon 500 mg/30 mg", {"Citodon"}),
        ("metacam (vet.)", {"Metacam vet."}),
        ("altherá", {"Althéra"}),
        ("vedon", set()),
        ("alvedon ipren", set()),
        ("", set()),
        ("  ...", set()),
    ],
)
def test_a_search_finds_by_the_beginnings_of_words(example: ProductFile, text: str, names: set[str]) -> None:
    assert {product.name for product in example.search(text)} == names


def test_a_search_is_sorted_by_name_and_limited(example: ProductFile) -> None:
    names = [product.name for product in example.search("tablett", 200)]
    assert len(names) > 20
    assert names == sorted(names, key=str.casefold)
    assert [product.name for product in example.search("tablett", 5)] == names[:5]
    assert example.search("tablett", 0) == example.search("tablett", -1) == []
    assert len(example.search("m", 10**30)) <= 200


@given(st.text(max_size=60), st.integers())
def test_any_text_may_be_searched(example: ProductFile, text: str, limit: int) -> None:
    assert len(example.search(text, limit)) <= max(0, min(limit, 200))


@pytest.mark.parametrize("text", ['"', "*", "NEAR(a b)", "a AND", "text:a", "\ud800", "-a", "^a", "a" * 100_000, "½ a_b ¾"])
def test_hostile_searches_do_not_fail(example: ProductFile, text: str) -> None:
    assert isinstance(example.search(text), list)


# --- files that are not what they should be ---------------------------------------------------------------------------------


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert storage_code(tmp_path / "products.db") == "products_file_missing"
    assert storage_code(tmp_path) == "products_file_missing"
    assert storage_code(tmp_path / "a\0b") == "products_file_missing"


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"SQLite format 3\0" + bytes(5_000), b"text\n" * 3_000])
def test_a_file_that_is_no_product_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "products.db"
    path.write_bytes(content)
    assert storage_code(path) == "products_file_broken"


def test_another_database_is_no_product_file(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as other:
        other.execute("CREATE TABLE meta (format_version, about)")
    assert storage_code(tmp_path / "ledger.db") == "products_file_broken"


@pytest.mark.parametrize("part", [0.02, 0.3, 0.5, 0.9, 0.99])
def test_a_torn_file_is_named(tmp_path: Path, part: float) -> None:
    import_products(EXAMPLE, tmp_path / "products.db", mapping=None, imported_at=NOW)
    content = (tmp_path / "products.db").read_bytes()
    (tmp_path / "products.db").write_bytes(content[: int(len(content) * part)])
    assert storage_code(tmp_path / "products.db") == "products_file_broken"


def test_a_file_with_a_lost_page_is_named_or_answers_as_before(tmp_path: Path) -> None:
    import_products(EXAMPLE, tmp_path / "products.db", mapping=None, imported_at=NOW)
    content = (tmp_path / "products.db").read_bytes()
    pages = len(content) // 4096
    codes = []
    for page in range(pages):
        (tmp_path / "torn.db").write_bytes(content[: page * 4096] + bytes(4096) + content[(page + 1) * 4096 :])
        try:
            with ProductFile.open(tmp_path / "torn.db") as products:
                products.find(npl_pack_id="20900115100014", npl_id="20900115000011", varunummer="100135")
                products.search("alvedon")
        except StorageError as error:
            codes.append(error.code)
    assert set(codes) == {"products_file_broken"}
    assert len(codes) > pages // 2


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (f"UPDATE meta SET format_version = {FORMAT_VERSION + 1}, about = 'of another kind'", "products_file_newer"),
        ("UPDATE meta SET format_version = 0", "products_file_broken"),
        ("UPDATE meta SET format_version = 'x'", "products_file_broken"),
        ("UPDATE meta SET about = '{}'", "products_file_broken"),
        ("UPDATE meta SET about = x'ff'", "products_file_broken"),
        ("UPDATE meta SET about = 7", "products_file_broken"),
        ("DELETE FROM meta", "products_file_broken"),
        ("DROP TABLE meta", "products_file_broken"),
    ],
)
def test_a_file_of_another_version_or_without_its_statement_is_named(in_force: Path, statement: str, code: str) -> None:
    with sqlite3.connect(in_force) as raw:
        raw.execute(statement)
    assert storage_code(in_force) == code


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE products SET control_class = 77",
        "UPDATE products SET control_class = x'00'",
        "UPDATE products SET name = CAST(x'ff' AS TEXT)",
        "DROP TABLE products",
    ],
)
def test_a_row_that_no_import_wrote_is_a_broken_file(in_force: Path, statement: str) -> None:
    with sqlite3.connect(in_force) as raw:
        raw.execute(statement)
    with ProductFile.open(in_force) as products, pytest.raises(StorageError) as caught:
        products.find(npl_pack_id="20900115100014")
    assert caught.value.code == "products_file_broken"


# --- how long it takes ----------------------------------------------------------------------------------------------------


def test_100_000_packages_are_imported_and_looked_up_and_the_times_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, rows = tmp_path / "big.csv", 100_000
    forms = ("Tablett", "Kapsel, hård", "Oral lösning")
    write(
        source,
        *(
            f"2090{number % 12 + 1:02}151{number // 12:05};20900115{number // 4:06};{number:06};N02BE01;"
            f"Läkemedel{number % 9_000} Bolag{number % 7};{forms[number % 3]};{number % 40} mg;Burk, {number % 90} st;none"
            for number in range(rows)
        ),
    )
    started = time.perf_counter()
    report = import_products(source, tmp_path / "products.db", mapping=None, imported_at=NOW)
    import_s = time.perf_counter() - started
    assert report.rows == rows
    products = ProductFile.open(tmp_path / "products.db")
    codes = [f"2090{number % 12 + 1:02}151{number // 12:05}" for number in range(0, rows, 20)]
    started = time.perf_counter()
    found = [products.find(npl_pack_id=code) for code in codes]
    find_us = (time.perf_counter() - started) / len(codes) * 1e6
    assert None not in found
    started = time.perf_counter()
    assert len(products.search("läkemedel1 bol 20")) == 20
    search_ms = (time.perf_counter() - started) * 1e3
    size_mb = (tmp_path / "products.db").stat().st_size / 1e6
    with capsys.disabled():
        print(f"\n{rows} packages: import {import_s:.2f} s, {size_mb:.0f} MB; find {find_us:.0f} us, search {search_ms:.1f} ms")
