"""Text for people: aligned tables, and signs that a stream can show."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["for_stdout", "html_table", "reason", "table"]

_PLAIN = str.maketrans(
    {
        **{"τ": "tau", "γ": "gamma", "θ": "theta", "α": "alpha", "π": "pi", "∞": "inf"},
        **{"−": "-", "·": "*", "≥": ">=", "≤": "<=", "≠": "!=", "→": "->", "–": "-", "é": "e"},
    }
)


def for_stdout(text: str) -> str:
    """Return a text with signs that standard output can show.

    Examples
    --------
    >>> "x(τ) ≥ 1".translate(_PLAIN)
    'x(tau) >= 1'
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return text.translate(_PLAIN).encode("ascii", "replace").decode()
    return text


def html_table(headline: str, rows: Sequence[Sequence[str]]) -> str:
    """Return a paragraph and a table, the first row of which is its head, in HTML.

    Parameters
    ----------
    headline : str
        Text; lines stay lines.
    rows : sequence of sequence of str
        Cells.

    Examples
    --------
    >>> html_table("a < b", [("name",), ("a",)])
    '<p>a &lt; b</p><table><tr><th>name</th></tr><tr><td>a</td></tr></table>'
    """
    from html import escape

    lines = "<br>".join(escape(line) for line in headline.splitlines())
    cells = [
        "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) + "</tr>"
        for tag, row in zip(["th", *["td"] * (len(rows) - 1)], rows, strict=True)
    ]
    return f"<p>{lines}</p><table>{''.join(cells)}</table>"


def reason(error: OSError) -> str:
    """Return an error of the system in words, with the file but without its number.

    Examples
    --------
    >>> reason(OSError(28, "No space left on device", "data/a.pickle"))
    'data/a.pickle: No space left on device'
    """
    path = error.filename2 or error.filename  # of a renaming, the file that was meant
    return f"{path}: {error.strerror or error}" if path else error.strerror or str(error)


def table(rows: Sequence[Sequence[str]], *, numbers: bool = True) -> list[str]:
    """Return the lines of an aligned table: first column to the left, others to the right.

    Parameters
    ----------
    rows : sequence of sequence of str
        Cells, of the same number in each row.
    numbers : bool, default True
        False aligns all columns to the left, as suits words.

    Examples
    --------
    >>> table([("name", "value"), ("a", "1.5")])
    ['name  value', 'a       1.5']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if column and numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
