"""Which encoding a text file is in, and how to decode it piece by piece.

The rule, in order:

1. A byte-order mark decides (UTF-8, UTF-16, UTF-32).
2. NUL in every second byte means UTF-16 without a mark.
3. Bytes outside ASCII that are mostly well-formed UTF-8 mean UTF-8.
4. Otherwise it is a code page as spreadsheets write them. Which one is estimated; Windows-1252 is the
   choice wherever nothing speaks against it, and Latin-1 where the bytes are not even in that.
5. While only ASCII has been seen, the question stays open: the first piece that holds other bytes
   decides by rules 3 and 4, for the whole rest of the file.

Once decided, a byte that does not belong to the encoding damages the line it stands in and nothing else.
"""

import codecs
import re
from typing import Final

import charset_normalizer

from smarketing.lib.tabular.errors import FileRefused

__all__ = ["DAMAGED", "PieceDecoder", "detect", "label"]

#: What stands in a decoded text in the place of bytes that could not be decoded.
DAMAGED: Final = "\ufffd"

_UTF8: Final = "utf-8-sig"

_MARKS: Final = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, _UTF8),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_LATIN: Final = ("cp1252", "cp1250", "cp1254")
_OTHERS: Final = ("cp1251", "cp1253", "mac_roman", "cp932", "gb18030", "cp949", "big5")

_LABELS: Final = {
    _UTF8: "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252 (Western Europe)",
    "latin-1": "Latin-1 (Western Europe)",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "mac_roman": "Macintosh (Western Europe)",
    "cp932": "Shift JIS (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "cp949": "Korean (Windows-949)",
    "big5": "Big5 (Chinese)",
}

# A symbol inside a word, at the end of one or before a small letter at its start is what a wrong code page
# makes of a letter ("Pawe³", "ma³y", "£ukasz").
_SYMBOL_IN_WORD = re.compile(r"[^\W\d_][£¥¯¹³¼¾¿][^\W\d_]|[^\W\d_]{2}[£¥¯¹³¼¾](?!\w)|(?<!\w)[£¥¯](?=[a-zà-ÿ])")

# The estimate looks at lines that hold something to go by, and at no more of them than this.
_EVIDENCE_BYTES: Final = 32_768


def label(encoding: str) -> str:
    """The name of an encoding as people know it."""
    return _LABELS.get(encoding, encoding)


def detect(sample: bytes) -> tuple[str, bool]:
    """The encoding of the file that begins with ``sample``, and whether that is still open.

    Returns the name of a Python codec and True where the sample is plain ASCII, so that what follows
    may still decide otherwise (rule 5 above).
    """
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding, False
    if b"\0" in sample:
        head = sample[:4096]
        even, odd = head[::2].count(0), head[1::2].count(0)
        half = len(head) // 2
        if half and odd > 0.6 * half and even < 0.1 * half:
            return "utf-16-le", False
        if half and even > 0.6 * half and odd < 0.1 * half:
            return "utf-16-be", False
    if sample.isascii():
        return _UTF8, True
    return _by_bytes(sample), False


def _by_bytes(data: bytes) -> str:
    """Rules 3 and 4, for data with bytes outside ASCII."""
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(data)
    bad = text.count(DAMAGED) - data.count(DAMAGED.encode())
    good = len(text) - len(text.encode("ascii", "ignore")) - bad
    if good >= bad:
        return _UTF8
    return _code_page(data)


def _code_page(data: bytes) -> str:
    lines = [line for line in data.splitlines() if not line.isascii()]
    evidence = b"\n".join(lines)[:_EVIDENCE_BYTES]
    best = charset_normalizer.from_bytes(evidence, cp_isolation=[*_LATIN, *_OTHERS]).best()
    if best is not None and best.encoding in _OTHERS and _decodes(data, best.encoding):
        return best.encoding
    if not _decodes(data, "cp1252"):
        return "latin-1"
    # On the central European page every one of these symbols is a letter.
    if _SYMBOL_IN_WORD.search(evidence.decode("cp1252", "replace")) and _decodes(data, "cp1250"):
        return "cp1250"
    return "cp1252"


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return False
    return True


class PieceDecoder:
    """Decodes a file piece by piece and tells which pieces hold bytes that are not in the encoding.

    ``open_question`` is the second result of `detect`. ``encoding`` may change once while decoding, from
    the open question to what the first bytes outside ASCII decide.
    """

    def __init__(self, encoding: str, open_question: bool = False) -> None:
        self.encoding = encoding
        self._open = open_question
        self._begin()

    def _begin(self) -> None:
        try:
            factory = codecs.getincrementaldecoder(self.encoding)
        except LookupError:
            raise FileRefused("encoding", f"There is no encoding named “{self.encoding}”.") from None
        self._strict, self._lenient = factory("strict"), factory("replace")

    def decode(self, data: bytes, final: bool = False) -> tuple[str, bool]:
        """The text of the next piece, and whether it is damaged: holds `DAMAGED` for bytes that were lost."""
        if self._open and not data.isascii():
            self._open = False
            decided = _by_bytes(data)
            if decided != self.encoding:
                self.encoding = decided
                self._begin()
        state = self._strict.getstate()
        try:
            return self._strict.decode(data, final), False
        except UnicodeDecodeError:
            self._lenient.setstate(state)
            text = self._lenient.decode(data, final)
            self._strict.setstate(self._lenient.getstate())
            return text, True
