"""Showing in a notebook or a console: every output of nbtrack's own is marked as such in its metadata."""

from typing import Any

from nbtrack.view.bundle import Bundle


def marked(kind: str, **more: Any) -> dict[str, Any]:
    """Return the metadata that tells tools our outputs from the user's own."""
    return {"nbtrack": {"kind": kind, **more}}


def show(bundle: Bundle, kind: str, **more: Any) -> None:
    """Display a bundle as an output of the running cell, marked as ours."""
    from IPython.display import publish_display_data  # noqa: PLC0415 - only under IPython

    publish_display_data(  # type: ignore[no-untyped-call]  # IPython is untyped here
        bundle.mimebundle(), metadata=marked(kind, **more)
    )


def show_text(text: str, kind: str) -> None:
    """Display plain text as an output of the running cell, marked as ours."""
    from IPython.display import publish_display_data  # noqa: PLC0415 - only under IPython

    publish_display_data(  # type: ignore[no-untyped-call]  # IPython is untyped here
        {"text/plain": text}, metadata=marked(kind)
    )
