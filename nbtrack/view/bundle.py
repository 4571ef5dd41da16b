"""What a display is made of: the same content as HTML and as plain text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bundle:
    """One display in two forms: ``html``, a fragment, and ``text`` for consoles without HTML."""

    html: str
    text: str

    def mimebundle(self) -> dict[str, str]:
        """Return the MIME bundle that IPython's ``display(..., raw=True)`` takes."""
        return {"text/html": self.html, "text/plain": self.text}
