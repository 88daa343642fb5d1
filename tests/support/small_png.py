"""Pictures of pages as small PNG files: at most 256 colours, which is what a page has, give or take the edges of letters."""

import base64
import struct
import zlib

import numpy as np
from playwright.sync_api import Page

COLOURS = 256
READ = """async picture => {
  const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + picture)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const brush = canvas.getContext('2d');
  brush.drawImage(image, 0, 0);
  const bytes = brush.getImageData(0, 0, image.width, image.height).data;
  let text = '';
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return [image.width, image.height, btoa(text)];
}"""


def small_png(blank: Page, picture: bytes) -> bytes:
    """The same picture with a palette; `blank` is an empty page, whose browser reads the picture."""
    width, height, pixels = blank.evaluate(READ, base64.b64encode(picture).decode())
    rgba = np.frombuffer(base64.b64decode(pixels), dtype=np.uint8).reshape(-1, 4).astype(np.uint32)
    packed = rgba[:, 0] << 16 | rgba[:, 1] << 8 | rgba[:, 2]
    colours, where, counts = np.unique(packed, return_inverse=True, return_counts=True)
    kept = colours[np.argsort(-counts, kind="stable")[:COLOURS]]
    places = np.abs(_channels(colours)[:, None, :] - _channels(kept)[None, :, :]).sum(axis=2).argmin(axis=1)
    rows = places[where].astype(np.uint8).reshape(height, width)
    raw = np.hstack([np.zeros((height, 1), dtype=np.uint8), rows]).tobytes()
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", _channels(kept).astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(raw, 9)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in parts)


def _channels(packed: np.ndarray) -> np.ndarray:
    return np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], axis=1).astype(np.int16)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
