"""Makes a picture of a page small: at most 256 colours, which flat pages hardly exceed."""

import base64
import struct
import zlib
from typing import Any, Final

from playwright.sync_api import Page

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_COUNT: Final = """async encoded => {
  const bytes = Uint8Array.from(atob(encoded), one => one.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], {type: "image/png"}));
  const {width, height} = image;
  const brush = new OffscreenCanvas(width, height).getContext("2d");
  brush.drawImage(image, 0, 0);
  const pixels = new Uint32Array(brush.getImageData(0, 0, width, height).data.buffer);
  const uses = new Map();
  for (const pixel of pixels) uses.set(pixel, (uses.get(pixel) || 0) + 1);
  const most = [...uses].sort((one, other) => other[1] - one[1]).slice(0, 256);
  const parts = colour => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
  const known = most.map(([colour]) => parts(colour)), places = new Map();
  for (const colour of uses.keys()) {
    const [red, green, blue] = parts(colour);
    let nearest = 0, least = Infinity;
    known.forEach(([r, g, b], place) => {
      const away = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
      if (away < least) { least = away; nearest = place; }
    });
    places.set(colour, nearest);
  }
  let text = "";
  for (const pixel of pixels) text += String.fromCharCode(places.get(pixel));
  return {width, height, palette: known.flat(), pixels: btoa(text)};
}"""


def small_png(page: Page, picture: bytes) -> bytes:
    """The same picture with the 256 colours that it uses most; the page's browser counts them."""
    blank = page.context.new_page()  # a page's own policy need not be weakened for it
    told: Any = blank.evaluate(_COUNT, base64.b64encode(picture).decode())
    blank.close()
    width, height = told["width"], told["height"]
    pixels = base64.b64decode(told["pixels"])
    lines = (pixels[start : start + width] for start in range(0, len(pixels), width))
    return (
        _SIGNATURE
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", bytes(told["palette"]))
        + _chunk(b"IDAT", zlib.compress(b"".join(b"\0" + line for line in lines), 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
