"""What every plotly figure of nbtrack has: quiet lines that read on light and on dark, and text that is only text."""

from typing import Any, Final

from nbtrack.view.escape import shown

# Okabe and Ito's colours; their black and yellow are moved to where they read on white and on black alike.
COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F8790", "#B3A600")
SYMBOLS: Final = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "triangle-down",
    "cross",
    "x",
    "pentagon",
)  # fmt: skip - one for each colour
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
RAMP: Final = ((0, "#3867A6"), (0.5, "#9C8B84"), (1, "#F0A81E"))  # from dark to light, and seen on white and on black
FAINT: Final = "#9AA3AD"
_TEXT, _LINE = "#757E89", "rgba(128,136,148,0.25)"
_FOR_PLOTLY: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("$"): "&#36;", ord("%"): "&#37;"}


def text(value: str, limit: int = 80) -> str:
    """Return words that plotly shows as they are: no tag, no link, no formula, nothing hidden.

    Plotly reads a little HTML in every text, formulas between dollars where MathJax is on the page, and ``%{…}`` in
    what is under the pointer.

    >>> text("<b>x</b> costs $5 & %{y}")
    '&lt;b&gt;x&lt;/b&gt; costs &#36;5 &amp; &#37;{y}'
    """
    return shown(value, limit).translate(_FOR_PLOTLY)


def axis(title: str, **more: Any) -> dict[str, Any]:
    """Return an axis with a title; ``more`` are plotly's settings of an axis.

    >>> axis("loss", type="log")["type"]
    'log'
    """
    line = {
        "gridcolor": _LINE,
        "linecolor": _LINE,
        "zeroline": False,
        "automargin": True,
        "title": {"text": title, "standoff": 10},
    }
    return {**line, **more}


def layout(**more: Any) -> dict[str, Any]:
    """Return a layout without plotly's template of six kilobytes; ``more`` are plotly's settings of a layout.

    >>> layout(height=300)["paper_bgcolor"]
    'rgba(0,0,0,0)'
    """
    hover = {"bgcolor": "#FFFFFF", "bordercolor": FAINT, "font": {"color": "#1B1F24", "size": 12}, "align": "left"}
    plain = {
        "template": "none",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": _TEXT, "size": 12, "family": "system-ui, -apple-system, 'Segoe UI', sans-serif"},
        "margin": {"l": 60, "r": 20, "t": 30, "b": 50},
        "height": 420,
        "colorway": list(COLOURS),
        "hoverlabel": hover,
        "legend": {"itemsizing": "constant"},
        "hovermode": "closest",
    }
    return {**plain, **more}


def colour_bar(title: str) -> dict[str, Any]:
    """Return the scale beside a figure that tells which colour is which number."""
    return {"title": {"text": title, "side": "right"}, "thickness": 10, "outlinewidth": 0, "len": 0.8}


def emptiness(words: str) -> dict[str, Any]:
    """Return the layout of a figure that has nothing to show and says so."""
    note = {"text": words, "showarrow": False, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
    hidden = {"visible": False}
    return layout(annotations=[{**note, "font": {"size": 14}}], xaxis=hidden, yaxis=hidden, height=220)
