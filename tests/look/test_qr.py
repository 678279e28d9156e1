"""QR codes are read by a reader that others wrote, from what a browser shows of them."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
import zxingcpp
from playwright.sync_api import Browser

from browser import chromium
from tokenhouse.core.credential import Secret
from tokenhouse.core.totp import key_uri
from tokenhouse.look.qr import qr_code

URI = key_uri("Tokenhouse · Nordlicht Energie", "bea+test@nordlicht.example", b"\x00\xff" * 10)
LONGEST = key_uri("Ü" * 100, f"{'b' * 240}@n.example", b"\xff" * 20)
LABEL = 'For "Bea" <app>'
PIXELS = """async ([svg, page, size]) => {
  const image = new Image();
  const named = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}"`;
  image.src = "data:image/svg+xml;base64," + btoa(svg.replace("<svg", named));
  await image.decode();
  const canvas = new OffscreenCanvas(size + 80, size + 80), brush = canvas.getContext("2d");
  brush.fillStyle = page;
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.drawImage(image, 40, 40);
  const {data} = brush.getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({length: data.length / 4}, (_, at) => data[4 * at + 1]);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize("text", [URI, LONGEST], ids=["usual", "longest"])
@pytest.mark.parametrize("paper", ["#fbfaf7", "#14181d"], ids=["light", "dark"])
def test_a_reader_finds_on_a_page_what_was_drawn(browser: Browser, text: str, paper: str):
    page = browser.new_page()
    size = 300
    shown = bytes(page.evaluate(PIXELS, [qr_code(Secret(text), "x"), paper, size]))
    picture = memoryview(shown).cast("B", (size + 80, size + 80))
    # Many readers look for dark on light only.
    (found,) = zxingcpp.read_barcodes(
        picture, try_invert=False, formats=zxingcpp.BarcodeFormat.QRCode
    )
    assert found.text == text
    page.close()


def test_it_says_what_it_is_for_and_nothing_of_what_it_holds():
    svg = qr_code(Secret(URI), LABEL)
    root = ET.fromstring(svg)
    assert (root.get("role"), root.get("aria-label")) == ("img", LABEL)
    assert "otpauth" not in svg
    assert not [one for one in root.iter() if "style" in one.attrib]
