"""Reading product tables: what is accepted, and that every fault is named with line, column and what would be right."""

from __future__ import annotations

import csv
import io
import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpr.adapters.products_csv import LINE_LIMIT_BYTES, Reading
from dpr.adapters.products_mapping import BUILT_IN, CONTROL_CLASS_WORDS, FIELDS, Mapping, load
from dpr.core.codes import CODES
from dpr.core.errors import InputError, Problem
from dpr.core.products import ControlClass, Product

EXAMPLES = Path(__file__).parents[2] / "examples"
HEADER = ";".join([*FIELDS, "control_class"])
GOOD = "20900115100014;20900115000011;100101;N02BE01;Alvedon;Tablett;500 mg;Blister, 20 tabletter;none"
GOODS = ";;205310;;Fin Mix;Mjölmix;;Påse, 500 g;none"


def table(*rows: str, header: str = HEADER) -> bytes:
    return "".join(f"{row}\n" for row in (header, *rows)).encode()


def read(content: bytes, mapping: Mapping | None = None) -> list[Product]:
    return list(Reading(io.BytesIO(content), *([mapping] if mapping else [])))


def problems_of(content: bytes, mapping: Mapping | None = None) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read(content, mapping)
    assert caught.value.code == "products_invalid"
    assert caught.value.problems
    return caught.value.problems


def vara(*rows: str) -> bytes:
    header = "nplPackageId;produktnamn;narkotikaklass;sarskiltLakemedelKod;lakemedel"
    return table(*rows, header=header)


def pack_id(number: int) -> str:
    return f"209001151{number:05}"


# --- what is accepted ---------------------------------------------------------------------------------------------------


def test_the_example_holds_medicines_of_every_class_goods_and_animal_medicines() -> None:
    products = read((EXAMPLES / "products.csv").read_bytes())
    assert len(products) >= 60
    assert {product.control_class for product in products} == {*ControlClass, None}
    assert sum(product.varunummer != "" and product.npl_id == "" for product in products) >= 10
    assert any(product.atc.startswith("Q") for product in products)
    assert all(product.npl_id >= "2090" for product in products if product.npl_id), "made-up ids must not look real"


def test_a_row_becomes_a_product_with_every_field() -> None:
    assert read(table(GOOD)) == [
        Product(
            npl_pack_id="20900115100014",
            npl_id="20900115000011",
            varunummer="100101",
            atc="N02BE01",
            name="Alvedon",
            form="Tablett",
            strength="500 mg",
            pack="Blister, 20 tabletter",
            control_class=ControlClass.NONE,
        )
    ]


@pytest.mark.parametrize("word", [*CONTROL_CLASS_WORDS, ""])
def test_every_control_class_is_read_and_an_empty_one_is_unknown(word: str) -> None:
    [product] = read(table(GOOD.replace("none", word)))
    assert product.control_class is CONTROL_CLASS_WORDS.get(word)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf" + table(GOOD), table(GOOD).replace(b"\n", b"\r\n"), table(GOOD)[:-1]])
def test_a_byte_order_mark_windows_lines_and_a_missing_last_newline_are_fine(content: bytes) -> None:
    assert read(content) == read(table(GOOD))


def test_the_separator_is_found_in_the_header() -> None:
    quoted = GOOD.replace("Blister, 20 tabletter", '"Blister, 20 tabletter"')
    assert read(table(quoted.replace(";", ","), header=HEADER.replace(";", ","))) == read(table(GOOD))


def test_quotes_hold_separators_and_quotes() -> None:
    [product] = read(table(GOOD.replace("Tablett", '"Tablett; ""lös"""')))
    assert product.form == 'Tablett; "lös"'


def test_columns_may_stand_in_any_order_and_case() -> None:
    names, values = HEADER.split(";"), GOOD.split(";")
    assert read(table(";".join(values[::-1]), header=";".join(names[::-1]).upper())) == read(table(GOOD))


def test_empty_lines_and_repetitions_are_left_out_and_counted() -> None:
    reading = Reading(io.BytesIO(table(GOOD, "", ";;;;;;;;", GOODS, GOOD)))
    assert [product.name for product in reading] == ["Alvedon", "Fin Mix"]
    assert (reading.rows, reading.blank, reading.repeated, reading.skipped) == (2, 2, 1, 0)


def test_medicines_may_share_a_varunummer_as_parallel_imports_do() -> None:
    other = GOOD.replace("20900115100014", "20900115100024").replace("Alvedon", "Alvedon Orifarm")
    assert len(read(table(GOOD, other))) == 2


_CODES = st.tuples(st.integers(0, 10**14 - 1), st.integers(0, 10**14 - 1), st.integers(0, 10**6 - 1))
_TEXTS = st.text(st.characters(categories=["L", "N", "P", "S"], max_codepoint=0x24F), max_size=20)


@given(
    st.lists(st.tuples(_CODES, _TEXTS, _TEXTS, st.sampled_from([*ControlClass, None])), min_size=1, max_size=8),
    st.sampled_from(";,"),
)
def test_what_a_csv_writer_writes_is_read_back(rows: list[tuple[tuple[int, int, int], str, str, object]], sep: str) -> None:
    words = {value: word for word, value in CONTROL_CLASS_WORDS.items()}
    products = {
        f"{codes[0]:014}": Product(
            npl_pack_id=f"{codes[0]:014}",
            npl_id=f"{codes[1]:014}",
            varunummer=f"{codes[2]:06}",
            name=f"N{name}",
            form=form,
            control_class=control_class,  # type: ignore[arg-type]
        )
        for codes, name, form, control_class in rows
    }
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=sep)
    writer.writerow(HEADER.split(";"))
    for product in products.values():
        texts = [getattr(product, name) for name in FIELDS]
        writer.writerow([*texts, words.get(product.control_class, "")])  # type: ignore[arg-type]
    assert read(file.getvalue().encode()) == [*products.values()]


# --- what is refused, one fault each --------------------------------------------------------------------------------------

FAULTS = [
    ("line 2, column npl_pack_id", "npl_pack_id_form", "'2090011510001'", "14 digits", GOOD.replace("100014", "10001", 1)),
    ("line 2, column npl_id", "npl_id_form", "'x'", "14 digits, for example", GOOD.replace("20900115000011", "x")),
    ("line 2, column varunummer", "varunummer_form", "'10010'", "6 digits, for example", GOOD.replace("100101", "10010")),
    ("line 2, column varunummer", "varunummer_form", "'١٠٠١٠١'", "6 digits", GOOD.replace("100101", "١٠٠١٠١")),
    ("line 2, column atc", "atc_form", "'n02be01'", "N02BE01", GOOD.replace("N02BE01", "n02be01")),
    ("line 2, column atc", "atc_form", "'QN2BE01'", "QM01AC06", GOOD.replace("N02BE01", "QN2BE01")),
    ("line 2, column name", "products_name_missing", "nothing", "Alvedon", GOOD.replace("Alvedon", " ")),
    ("line 2, column name", "text_unprintable", r"'Al\x00vedon'", "control", GOOD.replace("Alvedon", "Al\0vedon")),
    ("line 2, column name", "text_unprintable", r"'Al\u202evedon'", "control", GOOD.replace("Alvedon", "Al\u202evedon")),
    ("line 2, column form", "text_unprintable", r"'Tab\xa0lett'", "control", GOOD.replace("Tablett", "Tab\xa0lett")),
    ("line 2, column form", "text_not_nfc", r"'Ta\u030ablett'", "NFC", GOOD.replace("Tablett", "Ta\u030ablett")),
    (
        "line 2, column pack",
        "text_too_long",
        "'Blister" + "r" * 33 + "…'",
        "250",
        GOOD.replace("Blister", "Blister" + "r" * 250),
    ),
    ("line 2, column control_class", "products_control_class", "'i'", "one of none, II", GOOD.replace("none", "I")),
    ("line 2, column npl_pack_id", "products_code_missing", "no product code", "varunummer", GOODS.replace("205310", "")),
    ("line 2", "products_row_fields", "8 fields", "9 as in the header", GOOD.removesuffix(";none")),
    ("line 2", "products_row_fields", "10 fields", "double quotes", GOOD + ";"),
    ("line 2", "products_quotes", "quotes that do not fit", '""', GOOD.replace("Tablett", '"Tablett')),
]


@pytest.mark.parametrize(("path", "code", "wrong", "expected", "row"), FAULTS)
def test_a_fault_is_named_with_place_value_and_what_is_expected(
    path: str, code: str, wrong: str, expected: str, row: str
) -> None:
    [problem] = problems_of(table(row))
    assert (problem.path, problem.code, problem.wrong) == (path, code, wrong)
    assert expected in problem.expected


def test_a_line_that_is_not_utf8_is_named_with_its_column() -> None:
    [problem] = problems_of(table(GOOD, GOODS.replace("Fin", "Fän")).replace("Fän".encode(), "Fän".encode("latin-1")))
    assert (problem.path, problem.code, problem.wrong) == ("line 3, column name", "products_not_utf8", "byte 0xe4")
    assert "CSV UTF-8" in problem.expected


def test_a_file_in_utf16_is_told_to_be_saved_as_utf8() -> None:
    [problem] = problems_of(table(GOOD).decode().encode("utf-16"))
    assert (problem.path, problem.code) == ("line 1", "products_not_utf8")


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", table(), table("", ";;;;;;;;")])
def test_an_empty_table_is_refused(content: bytes) -> None:
    [problem] = problems_of(content)
    assert problem.code == "products_empty"


def test_every_fault_of_the_header_is_named() -> None:
    header = HEADER.replace("varunummer", "varunr").replace("pack;", "name;").removesuffix(";control_class")
    problems = problems_of(table(GOOD, header=header))
    assert {problem.code for problem in problems} == {"products_header"}
    assert {problem.path for problem in problems} == {
        "line 1, column varunr",
        "line 1, column name",
        "line 1, column varunummer",
        "line 1, column pack",
        "line 1, column control_class",
    }


def test_all_faults_are_named_in_one_pass_and_in_order() -> None:
    row = GOOD.replace("N02BE01", "?").replace("Alvedon", "").replace("none", "II?")
    problems = problems_of(table(row, GOODS, row))
    assert [(problem.path.split(",")[0], problem.code) for problem in problems] == [
        (f"line {line}", code) for line in (2, 4) for code in ("atc_form", "products_name_missing", "products_control_class")
    ]


def test_after_100_problems_the_rest_is_counted() -> None:
    problems = problems_of(table(*[GOOD.replace("N02BE01", "?")] * 250))
    assert [problem.code for problem in problems] == ["atc_form"] * 100 + ["products_more"]
    assert problems[-1].wrong == "150 more problems"


def test_one_package_with_two_contents_is_refused_and_both_lines_are_named() -> None:
    [problem] = problems_of(table(GOOD, GOODS, GOOD.replace("none", "II")))
    assert (problem.path, problem.code) == ("line 4, column npl_pack_id", "products_duplicate")
    assert "line 2" in problem.expected
    [problem] = problems_of(table(GOODS, GOODS.replace("Fin Mix", "Grov Mix")))
    assert (problem.path, problem.code) == ("line 3, column varunummer", "products_duplicate")


def test_a_very_long_line_is_named_and_does_not_fill_the_memory() -> None:
    class LongLine(io.RawIOBase):
        def __init__(self) -> None:
            self.parts: Iterator[bytes] = iter([table(GOOD), *[b"x" * 65_000] * 154, b"\n", GOODS.encode()])

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            part = next(self.parts, b"")
            buffer[: len(part)] = part
            return len(part)

    tracemalloc.start()
    try:
        with pytest.raises(InputError) as caught:
            list(Reading(io.BufferedReader(LongLine(), buffer_size=65_536)))
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [(problem.path, problem.code) for problem in caught.value.problems] == [("line 3", "products_line_too_long")]
    assert peak_bytes < 20 * LINE_LIMIT_BYTES


def test_a_header_that_is_too_long_is_refused_at_once() -> None:
    [problem] = problems_of(b"x" * 10_000_000 + b"\n" + table(GOOD))
    assert (problem.path, problem.code) == ("line 1", "products_line_too_long")


@given(st.binary(max_size=400))
def test_any_bytes_give_products_or_the_named_error(content: bytes) -> None:
    for start in (b"", table(GOOD), f"{HEADER}\n".encode()):
        for mapping in (None, VARA):
            try:
                read(start + content, mapping)
            except InputError as error:
                assert error.code == "products_invalid"
                assert error.problems


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_table_gives_products_or_the_named_error(data: st.DataObject) -> None:
    content = bytearray(table(GOOD, GOODS))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "double", "insert"]))
        if kind == "flip":
            content[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del content[at : at + data.draw(st.integers(0, 10))]
        elif kind == "double":
            content[at:at] = content[at : at + 40]
        else:
            content[at:at] = data.draw(st.sampled_from([b'"', b"\0", b"\r", b"\n", b"\xff", "\u202e".encode(), b";;"]))
        content = content or bytearray(b";")
    try:
        products = read(bytes(content))
    except InputError as error:
        assert all(problem.code in CODES or not problem.code.startswith("products_") for problem in error.problems)
    else:
        assert all(len(product.npl_pack_id) in (0, 14) and product.name for product in products)


# --- mappings -------------------------------------------------------------------------------------------------------------

VARA = load("vara")


def test_the_vara_sample_is_read_by_the_mapping_and_classes_nobody_knows_are_unknown() -> None:
    products = read((EXAMPLES / "vara-sample.csv").read_bytes(), VARA)
    documented = set(read((EXAMPLES / "products.csv").read_bytes()))
    assert [product.name for product in products if product not in documented] == ["Nytt läkemedel"]
    assert len(products) >= 20
    assert [p.name for p in products if p.control_class is None] == ["Kaleorid", "Nytt läkemedel"]
    assert all(p.control_class is ControlClass.NONE for p in products if not p.npl_pack_id)


@pytest.mark.parametrize(
    ("narcotic", "special", "medicine", "expected"),
    [
        ("0", "1", "true", ControlClass.NONE),
        ("NA", "1", "true", ControlClass.NONE),
        ("1", "3", "true", ControlClass.NARCOTIC_II),
        ("2", "2", "true", ControlClass.NARCOTIC_IV),
        ("3", "1", "true", ControlClass.NARCOTIC_III),
        ("4", "", "true", ControlClass.NARCOTIC_IV),
        ("5", "2", "TRUE", ControlClass.NARCOTIC_V),
        ("0", "4", "true", ControlClass.OTHER_SPECIAL),
        ("", "", "false", ControlClass.NONE),
        ("6", "1", "true", None),
        ("-", "1", "true", None),
        ("0", "-", "true", None),
        ("0", "5", "true", None),
        ("7", "1", "true", None),
        ("", "", "true", None),
        ("", "", "", None),
    ],
)
def test_the_class_follows_from_the_codes_of_vara(
    narcotic: str, special: str, medicine: str, expected: ControlClass | None
) -> None:
    [product] = read(vara(f"{pack_id(1)};Alvedon;{narcotic};{special};{medicine}"), VARA)
    assert product.control_class is expected


def test_without_the_columns_of_the_class_every_class_is_unknown() -> None:
    reading = Reading(io.BytesIO(table(f"{pack_id(1)};Alvedon", header="nplPackageId;produktnamn")), VARA)
    assert [product.control_class for product in reading] == [None]
    assert reading.unknown_control_class == 1


def test_a_lenient_mapping_tidies_texts_but_never_control_characters() -> None:
    rows = [f"{pack_id(1)};A\u030al\xa0  500\u2009mg ;0;1;true", f"{pack_id(2)};Al\u202evedon;0;1;true"]
    reading = Reading(io.BytesIO(vara(*rows)), VARA)
    assert [product.name for product in reading] == ["Ål 500 mg"]
    assert (reading.skipped, [problem.code for problem in reading.problems]) == (1, ["text_unprintable"])


def test_a_lenient_mapping_leaves_out_faulty_rows_up_to_one_percent() -> None:
    good = [f"{pack_id(number)};Alvedon;0;1;true" for number in range(1_500)]
    reading = Reading(io.BytesIO(vara(*good, *["SB1;Alvedon;0;1;true"] * 15)), VARA)
    assert len(list(reading)) == 1_500
    assert (reading.rows, reading.skipped, len(reading.problems)) == (1_500, 15, 15)
    assert len(problems_of(vara(*good, *["SB1;Alvedon;0;1;true"] * 16), VARA)) == 16


def test_a_lenient_mapping_still_refuses_two_contents_for_one_package() -> None:
    [problem] = problems_of(vara(f"{pack_id(1)};Alvedon;0;1;true", f"{pack_id(1)};Alvedon;1;3;true"), VARA)
    assert problem.code == "products_duplicate"


def test_a_mapping_whose_columns_are_not_there_is_refused_with_their_names() -> None:
    problems = problems_of(table("x", header="namn"), VARA)
    assert [problem.path for problem in problems] == ["line 1, column name", "line 1, column npl_pack_id"]
    assert "produktnamn or artikelbenamning" in problems[0].expected
    assert "nplPackageId" in problems[1].expected


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (("format = 1", "format = 2"), "format"),
        (("lenient = true", "lenient = maybe"), "Invalid value"),
        (("lenient = true", "lenint = true"), "lenint"),
        (('gives = "II"', 'gives = "2"'), "'2'"),
        (('when = { narkotikaklass = ["1"] }', "when = {}"), "nothing"),
        (('name = ["produktnamn", "artikelbenamning"]', "name = []"), "nothing"),
    ],
)
def test_a_faulty_mapping_is_named(tmp_path: Path, change: tuple[str, str], wrong: str) -> None:
    content = BUILT_IN["vara"].read_text(encoding="utf-8")
    assert change[0] in content
    path = tmp_path / "mapping.toml"
    path.write_text(content.replace(*change), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(str(path))
    assert caught.value.code == "products_mapping_invalid"
    assert wrong in str(caught.value)


@pytest.mark.parametrize("name", ["", ".", "nothing-here", "a\0b", "x" * 5_000])
def test_a_mapping_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(InputError) as caught:
        load(name)
    assert caught.value.code == "products_mapping_invalid"
    assert "vara" in caught.value.problems[0].expected


@given(st.binary(max_size=100))
def test_any_mapping_file_gives_a_mapping_or_the_named_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile.toml"
    path.write_bytes(content)
    with pytest.raises(InputError):
        load(str(path))


def test_every_code_of_the_reading_has_its_words() -> None:
    sources = Path(__file__).parents[2] / "dpr" / "adapters"
    used = {code for path in sources.glob("products*.py") for code in re.findall(r'"(products_[a-z0-9_]+)"', path.read_text())}
    assert len(used) >= 15
    for code in used:
        assert all(CODES[code]), f"{code} lacks words"
