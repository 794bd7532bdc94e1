"""ENC405: surrogates."""

from pipeline.lines import Lines
from pipeline.rule import Context, Found, rule, span_edits
from pipeline.stages.encoding.marks import SURROGATE, positions, runs

CODE = "ENC405"


def _read(run: str) -> str:
    """The characters that a run of surrogates stands for; U+FFFD for each that has no partner.

    >>> _read("\\ud83d\\ude00\\ude00") == "\\U0001f600\\ufffd"
    True
    """
    return run.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@rule(CODE)
def surrogate(lines: Lines, context: Context) -> Found:
    """Halves of a character as UTF-16 writes it, left in the text by readers of JSON and old Windows.

    A pair becomes the character that it stands for; a half by itself is lost and becomes U+FFFD. No file can hold it
    otherwise: UTF-8 has no form for a surrogate.

    Leaves alone: characters beyond U+FFFF that are whole.

    Before: `\\ud83d\\ude00`. After: 😀.
    """
    at = positions(lines, SURROGATE)
    if not len(at):
        return Found()
    start, end = runs(at)
    new = [_read(lines.text[a:b]) for a, b in zip(start.tolist(), end.tolist(), strict=True)]
    return Found(edits=span_edits(start, end, CODE, new))
