"""Which container a session runs in, from the marks that container engines leave; no engine is asked."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from nbtrack.model.tagged import Json
from nbtrack.record.redact import clean_url

IMAGES: Final = ("NBTRACK_IMAGE", "JUPYTER_IMAGE_SPEC", "JUPYTER_IMAGE", "SINGULARITY_CONTAINER", "APPTAINER_CONTAINER")
_ID = re.compile(r"(?:docker[-/]|libpod-|cri-containerd-|/containers/|/kubepods[^\n]*/)([0-9a-f]{64})")
_USER = re.compile(r"^[^@/]*@(?=[^/]+/)")
_DIGEST = re.compile(r"@(sha256:[0-9a-f]{64})")


def container(root: Path = Path("/"), variables: Mapping[str, str] = os.environ) -> dict[str, Json] | None:
    """Return ``kind``, and ``image``, ``digest`` and ``id`` where they can be known; None outside of containers.

    Nobody inside a container is told its image; ``NBTRACK_IMAGE``, where the image or its starter sets it, says it.
    """
    marks = "".join(_text(root / "proc" / "self" / name) for name in ("cgroup", "mountinfo"))
    podman = _text(root / "run" / ".containerenv")
    kind = _kind(root, variables, marks)
    image = next((variables[name] for name in IMAGES if variables.get(name)), None) or _image(podman)
    if kind is None and image is None:
        return None
    found: dict[str, Json] = {"kind": kind or "unknown"}
    if image:
        found["image"] = clean_url(_USER.sub("", image))
    digest = _DIGEST.search(image or "")
    own = _ID.search(marks)
    if digest:
        found["digest"] = digest[1]
    if own:
        found["id"] = own[1][:12]
    return found


def _kind(root: Path, variables: Mapping[str, str], marks: str) -> str | None:
    if "KUBERNETES_SERVICE_HOST" in variables or "kubepods" in marks:
        return "kubernetes"
    if (root / "run" / ".containerenv").exists():
        return "podman"
    if any(name in variables for name in ("SINGULARITY_CONTAINER", "APPTAINER_CONTAINER")):
        return "apptainer"
    return "docker" if (root / ".dockerenv").exists() or _ID.search(marks) else None


def _image(environment: str) -> str | None:
    found = re.search(r'^image="([^"\n]+)"', environment, re.MULTILINE)
    return found[1] if found else None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")[: 1 << 16]
    except OSError:
        return ""
