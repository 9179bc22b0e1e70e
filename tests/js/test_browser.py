"""Every vector in a real browser, and the demo page."""

import http.server
import importlib.util
import json
import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.js.both import READ, ROOT, VECTORS, essence, needs, vectors

CHROMIUM = Path("/usr/bin/chromium")
HAS_PLAYWRIGHT = importlib.util.find_spec("playwright") is not None
pytestmark = needs(CHROMIUM.exists() and HAS_PLAYWRIGHT, "there is no chromium, or no playwright")
ANSWER_ALL = """async (requests) => {
  const { answer } = await import("/js/src/judges.js");
  const { verify } = await import("/js/src/index.js");
  const answers = [];
  const start = performance.now();
  for (const request of requests) answers.push(await answer(request));
  return { answers, milliseconds: performance.now() - start, version: navigator.userAgent, verify: typeof verify };
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(ROOT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # not there in every environment

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"], headless=True)
        opened = browser.new_page()
        yield opened
        browser.close()


def expected() -> list[dict[str, Any]]:
    made = []
    for path in sorted(VECTORS.glob("*.json")):
        for vector in json.loads(path.read_text("utf-8"))["vectors"]:
            if vector["expect"] == "accepted":
                made.append({"verdict": "accepted"} | {name: vector[name] for name in READ if name in vector})
            else:
                checks = {"checks": vector["checks"]} if "checks" in vector else {}
                made.append({"verdict": "refused", "code": vector["expect"]} | checks)
    return made


def test_every_vector_passes_in_the_browser(address: str, page: Any) -> None:
    page.goto(f"{address}/js/demo.html")
    requests = [{"number": number, **request} for number, (_, request) in enumerate(vectors())]
    done = page.evaluate(ANSWER_ALL, requests)
    print(len(requests), done["milliseconds"], done["version"])
    assert done["verify"] == "function"
    for (name, _), answer, wanted in zip(vectors(), done["answers"], expected(), strict=True):
        given = essence(answer)
        if given == {"verdict": "unsupported"}:
            assert name.startswith("opened:"), name  # browsers without ML-KEM
            continue
        assert {key: given.get(key) for key in wanted} == wanted, name


def fill(page: Any, texts: list[str], site: dict[str, Any] | None = None) -> None:
    """What a person at the page does."""
    site = site or json.loads((VECTORS / "prescription.json").read_text("utf-8"))
    page.fill("#now", site["now"])
    page.fill("#trust", json.dumps({"trust": site["trust"], "policy": site["policy"]}))
    page.fill("#texts", "\n".join(texts))
    page.click("#judge")
    page.wait_for_selector("#verdict[data-outcome]")


def qr_text(kind: str) -> str:
    """A vector's document as QR text: the document itself as digits."""
    file = json.loads((VECTORS / "prescription.json").read_text("utf-8"))
    document = next(vector["input"] for vector in file["vectors"] if vector["name"] == kind)
    return f"DPR1{int('01' + document, 16)}"


def test_the_page_says_yes_in_swedish_and_english(address: str, page: Any) -> None:
    page.goto(f"{address}/js/demo.html")
    fill(page, [qr_text("one-item")])
    assert page.get_attribute("#verdict", "data-outcome") == "pass"
    assert "Tolvan Tolvansson" in page.inner_text("#text")
    assert "Äkta och giltigt" in page.inner_text("#verdict")
    page.select_option("#language", "en")
    page.click("#judge")
    page.wait_for_function("document.querySelector('#verdict').innerText.includes('Authentic and valid')")
    assert "Prescriber" in page.inner_text("#text")


def test_the_page_says_what_it_judged_by_and_how_old_that_is(address: str, page: Any) -> None:
    page.goto(f"{address}/js/demo.html")
    request = dict(vectors())["prescription_trust:snapshot-first-stale-second"]
    text = f"DPR1{int('01' + request['input'], 16)}"
    fill(page, [text], request)
    assert page.get_attribute("#verdict", "data-outcome") == "warn"
    said = page.inner_text("#checks")
    assert "snapshot_stale" in said
    assert "underlaget är" in said
    assert "signature_ok" not in said, "what is in order is folded away"
    page.click("#checks summary")
    assert "signature_ok" in page.inner_text("#checks")
    origins = page.inner_text("#origins")
    assert "Prövat mot" in origins
    assert re.search(r"Uppgift om de senaste listorna\s+version \d+, för \d+ (minuter|timmar|dygn) sedan", origins)
    assert re.search(r"Spärrar med datum\s+saknas", origins)
    behind = request["trust"] | {"floor": 1795262400 + 7200, "snapshot": "d8"}
    fill(page, [text], request | {"trust": behind})
    page.wait_for_function("document.querySelector('#checks').innerText.includes('clock_behind')")
    assert "kräver ett skäl som sparas" in page.inner_text("#checks")
    assert "Togs inte upp" in page.inner_text("#origins")


def test_the_page_says_no_and_why(address: str, page: Any) -> None:
    page.goto(f"{address}/js/demo.html")
    changed = qr_text("one-item")
    fill(page, [changed[:-5] + "00000"])
    assert page.get_attribute("#verdict", "data-outcome") == "stop"
    assert "signature_invalid" in page.inner_text("#verdict")
    assert page.inner_text("#text") == ""


def test_the_page_says_what_is_wrong_with_what_was_written(address: str, page: Any) -> None:
    page.goto(f"{address}/js/demo.html")
    assert page.inner_text("h1")
    assert "Not allowed for real use today" in page.inner_text("main")
    fill(page, [qr_text("one-item")])
    site = page.input_value("#trust")
    wrong = [("{", "inte JSON"), ("[]", "form"), ('{"trust": {}}', "form"), (site.replace('"keys": ["', '"keys": ["x'), "form")]
    for trust, said in wrong:
        page.fill("#trust", trust)
        page.click("#judge")
        page.wait_for_function("said => document.querySelector('#verdict').innerText.includes(said)", arg=said)
        assert "internal_error" not in page.inner_text("main")
    page.fill("#trust", site)
    page.fill("#now", "imorgon")
    page.click("#judge")
    page.wait_for_function("document.querySelector('#verdict').innerText.includes('Tiden kan inte läsas')")
    assert page.get_attribute("#verdict", "data-outcome") == "stop"


def test_the_page_names_the_missing_codes_of_every_set(address: str, page: Any) -> None:
    page.goto(f"{address}/js/demo.html")
    file = json.loads((VECTORS / "parts.json").read_text("utf-8"))
    texts = next(vector["input"] for vector in file["vectors"] if vector["name"] == "in-order")
    body = bytes.fromhex(f"{int(texts[0][4:]):x}"[1:])
    other = f"DPR1{int.from_bytes(bytes([1, 6, *(255 - byte for byte in body[1:9]), 0, 4, 7]))}"
    fill(page, [texts[1], other])
    assert "qr_part_missing" in page.inner_text("#verdict")
    shown = page.inner_text("#checks")
    assert "Saknas: kod 1, 3 av 3." in shown
    assert "Saknas: kod 2, 3, 4 av 4." in shown


def test_an_earlier_verdict_never_overwrites_a_later_one(address: str, page: Any) -> None:
    page.goto(f"{address}/js/demo.html")
    fill(page, [qr_text("one-item")])
    page.evaluate("""() => {
      const digest = crypto.subtle.digest;
      let first = true;
      SubtleCrypto.prototype.digest = async function (...more) {
        if (first) {
          first = false;
          await new Promise((done) => { window.release = done; });
        }
        return digest.apply(this, more);
      };
    }""")
    page.click("#judge")
    page.wait_for_function("window.release !== undefined")
    page.fill("#texts", qr_text("one-item")[:-5] + "00000")
    page.click("#judge")
    page.wait_for_selector("#verdict[data-outcome=stop]")
    page.evaluate("async () => { window.release(); await new Promise((done) => setTimeout(done, 500)); }")
    assert page.get_attribute("#verdict", "data-outcome") == "stop"
    assert page.inner_text("#text") == ""
