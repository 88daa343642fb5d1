"""Read the text of some elements of a web page. A program of its own under hard limits.

The parser is that of the standard library, as forgiving as a browser and slow on pages made to be slow: the limits of
the process end those. A page without its end is cut off and refused, as a list read from half of it would be wrong.
"""

import codecs
import re
from html.parser import HTMLParser
from typing import BinaryIO

from vendors.imports.child_process import Options, Output, RefusalError, run

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{1,40})", re.IGNORECASE)
_WESTERN = frozenset({"iso-8859-1", "latin1", "latin-1", "windows-1252", "cp1252", "us-ascii"})
_DECLARED_WITHIN = 4096
_INLINE = frozenset(
    {"a", "abbr", "b", "em", "font", "i", "small", "span", "strong", "sub", "sup", "u", "wbr"}
)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_SILENT = frozenset({"script", "style"})


def decode(content: bytes) -> str:
    """The text of a page: by its mark, as UTF-8, else as the Western encoding that it declares.

    Raises RefusalError when none of them fits.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            declared = _CHARSET.search(content[:_DECLARED_WITHIN])
            name = declared[1].decode("ascii").casefold() if declared else ""
            if name not in _WESTERN:
                raise RefusalError("The encoding of the page is uncertain (it is not UTF-8).") from None
            encoding = "cp1252"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise RefusalError(f"The page is no text in {encoding}.") from error
    if "\0" in text:
        raise RefusalError("The page holds a NUL character: this is not a web page.")
    return text


class Elements(HTMLParser):
    """Collects the text of the wanted elements, outermost first, and whether the page ends."""

    def __init__(self, wanted: list[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[tuple[int, str, str]] = []
        self.ended = False
        self.everything: list[str] = []
        self._wanted = {tuple(name.partition(".")[::2]) for name in wanted}
        self._open = ""
        self._tag = ""
        self._depth = 0
        self._line = 0
        self._text: list[str] = []
        self._silent = 0

    @property
    def unfinished(self) -> bool:
        """Whether a wanted element has no end."""
        return bool(self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a wanted element, or count a nested one of the same kind."""
        if tag in _SILENT:
            self._silent += 1
        if tag not in _INLINE:
            self._text.append("\n")
        if self._open:
            self._depth += tag == self._tag and tag not in _VOID
            return
        classes = (dict(attrs).get("class") or "").split()
        for name in ("", *classes):
            if (tag, name) in self._wanted:
                self._open, self._tag, self._depth = (f"{tag}.{name}" if name else tag), tag, 1
                self._line, self._text = self.getpos()[0], []
                return

    def handle_endtag(self, tag: str) -> None:
        """Close the wanted element with the end of its own tag."""
        if tag in _SILENT and self._silent:
            self._silent -= 1
        if tag == "html":
            self.ended = True
        if tag not in _INLINE:
            self._text.append("\n")
        if self._open and tag == self._tag:
            self._depth -= 1
            if self._depth == 0:
                self.blocks.append((self._line, self._open, "".join(self._text)))
                self._open = ""

    def handle_data(self, data: str) -> None:
        """Keep text outside scripts and styles."""
        if self._silent:
            return
        self.everything.append(data)
        if self._open:
            self._text.append(" ".join(data.splitlines()) if data.strip() else " ")


def read(source: BinaryIO, options: Options, out: BinaryIO) -> None:
    """Write one row per wanted element: what it is, and its text. Raises RefusalError."""
    page = Elements(options["elements"])
    page.feed(decode(source.read(options["file_bytes"] + 1)))
    page.close()
    if not page.ended or page.unfinished:
        raise RefusalError("The page is cut off: its end is missing.")
    if options["mention"] not in "".join(page.everything):
        raise RefusalError(f"The page does not speak of {options['mention']}: it is another one.")
    output = Output(out, options, what="page")
    output.about()
    for line, element, text in page.blocks:
        output.row(line, [element, text])


def main() -> int:
    """Run as a program; returns the exit status."""
    return run(read)
