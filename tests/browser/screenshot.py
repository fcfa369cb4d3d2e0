#!/usr/bin/python3
"""Makes the README's picture of the HTML report: screenshot.py [FILE.png] (default docs/report.png)."""
import base64
import collections
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

from report import ROOT, Browser, estate_of, obstacle, run

WIDTH, HEIGHT = 1400, 1640

# The page asks for the system's own font; where a machine without a desktop has none, a plain one is taken.
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include>/etc/fonts/fonts.conf</include>
<match target="pattern">
<test name="family" qual="all" compare="not_contains"><string>ono</string></test>
<test name="family" qual="all" compare="not_contains"><string>Consolas</string></test>
<edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit>
</match>
</fontconfig>
"""


def chunks_of(png):
    at = 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        yield kind, png[at + 8:at + 8 + length]
        at += 12 + length


def pixels_of(png):
    """Width, height and the colours of an 8-bit RGB or RGBA picture (PNG 9.2: the five filters)."""
    parts = list(chunks_of(png))
    width, height, depth, kind = struct.unpack(">IIBB", dict(parts)[b"IHDR"][:10])
    assert depth == 8 and kind in (2, 6)
    size = 3 if kind == 2 else 4
    data = zlib.decompress(b"".join(body for name, body in parts if name == b"IDAT"))
    above, pixels = bytearray(width * size), []
    for row in range(height):
        start = row * (width * size + 1)
        method, line = data[start], bytearray(data[start + 1:start + 1 + width * size])
        for i in range(len(line) if method else 0):
            left, up, corner = (line[i - size], above[i], above[i - size]) if i >= size else (0, above[i], 0)
            if method == 4:
                guess = left + up - corner
                by = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
            else:
                by = (0, left, up, (left + up) // 2)[method]
            line[i] = (line[i] + by) & 255
        pixels += [bytes(line[i:i + 3]) for i in range(0, len(line), size)]
        above = line
    return width, height, pixels


def shrink(png):
    """With 256 colours, which are all that a page of text needs."""
    width, height, pixels = pixels_of(png)
    counted = [color for color, _ in collections.Counter(pixels).most_common()]
    palette = counted[:200]
    for color in counted[200:]:  # then what is unlike all of them
        if len(palette) < 256 and all(sum(abs(a - b) for a, b in zip(color, other)) > 24 for other in palette):
            palette.append(color)
    number = {color: n for n, color in enumerate(palette)}
    for color in set(pixels) - set(number):
        number[color] = min(range(len(palette)), key=lambda n: sum((a - b) ** 2 for a, b in zip(color, palette[n])))
    rows = (b"\0" + bytes(number[p] for p in pixels[r * width:(r + 1) * width]) for r in range(height))

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return png[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)) + chunk(
        b"PLTE", b"".join(palette)) + chunk(b"IDAT", zlib.compress(b"".join(rows), 9)) + chunk(b"IEND", b"")


def main():
    if why := obstacle():
        sys.exit("screenshot.py: " + why)
    output = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs/report.png")
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        if subprocess.run(["fc-list", "-q", "Inter"], check=False).returncode == 0:
            (place / "fonts.conf").write_text(FONTS, encoding="utf-8")
            os.environ["FONTCONFIG_FILE"] = str(place / "fonts.conf")
        for name in ("picture_before", "picture_before", "picture"):
            ldif, conf = estate_of(name, place)
            run("audit", "--ldif", ldif.name, "-c", conf.name, "--history", "history.sqlite", "-f", "html:report.html", cwd=place)
        browser = Browser(WIDTH, HEIGHT, "--hide-scrollbars")
        try:
            browser.open(place / "report.html", address="#pair=HV04%3EHV12")
            browser.js("document.activeElement.blur(); scrollTo({top: 0, behavior: 'instant'});")
            shot = browser.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=False)["data"]
            assert not browser.complaints()
        finally:
            browser.quit()
    output.write_bytes(shrink(base64.b64decode(shot)))
    print("%s: %d KB" % (output, output.stat().st_size // 1024))


main()
