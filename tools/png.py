"""Screenshots as small PNG files: at most 256 colours, which is more than a page of ours uses in plain sight."""

import base64
import struct
import zlib
from typing import Any

import numpy as np
from playwright.sync_api import Page

FREQUENT, FAR = 192, 64
PIXELS = """async (data) => {
  const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + data)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height), drawing = canvas.getContext('2d');
  drawing.drawImage(image, 0, 0);
  const bytes = new Uint8Array(drawing.getImageData(0, 0, image.width, image.height).data.buffer), parts = [];
  for (let i = 0; i < bytes.length; i += 32768) parts.push(String.fromCharCode(...bytes.subarray(i, i + 32768)));
  return [image.width, image.height, btoa(parts.join(''))];
}"""


def smaller(page: Page, png: bytes) -> bytes:
    """The same picture in at most 256 colours. `page` is any blank page; its browser decodes the picture."""
    width, height, encoded = page.evaluate(PIXELS, base64.b64encode(png).decode())
    rgba = np.frombuffer(base64.b64decode(encoded), np.uint8).reshape(-1, 4).astype(np.uint32)
    packed = rgba[:, 0] << 16 | rgba[:, 1] << 8 | rgba[:, 2]
    colours, place, counts = np.unique(packed, return_inverse=True, return_counts=True)
    palette, nearest = _palette(
        np.stack([colours >> 16, colours >> 8 & 255, colours & 255], 1).astype(np.int32), counts
    )
    rows = nearest[place].astype(np.uint8).reshape(height, width)
    lines = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _palette(colours: Any, counts: Any) -> tuple[Any, Any]:
    """The chosen colours, and for each colour of the picture the place of the nearest chosen one.

    The most frequent ones; then those farthest from any chosen, so that a small red dot stays red.
    """
    chosen = list(np.argsort(counts)[::-1][:FREQUENT])
    distance = np.min([((colours - colours[one]) ** 2).sum(1) for one in chosen], axis=0)
    while len(chosen) < min(len(colours), FREQUENT + FAR):
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, ((colours - colours[chosen[-1]]) ** 2).sum(1))
    palette = colours[chosen]
    nearest = np.stack([((colours - one) ** 2).sum(1) for one in palette]).argmin(0)
    return palette, nearest


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
