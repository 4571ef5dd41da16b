"""A container for a run's program: a Dockerfile of two stages, and a development container around it."""

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nbtrack.model.run import Run
from nbtrack.reproduce.environment.recorded import Recorded
from nbtrack.reproduce.environment.requirements_file import PINNED, UNVERIFIED

_NUMBERS: Final = (  # of the variables that were recorded, those that change numbers
    *("CUBLAS_WORKSPACE_CONFIG", "JAX_ENABLE_X64", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NVIDIA_TF32_OVERRIDE"),
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHONHASHSEED", "TF_DETERMINISTIC_OPS", "TOKENIZERS_PARALLELISM"),
    *("TZ", "XLA_FLAGS"),
)
_SYSTEM: Final = {"lightgbm": ("libgomp1",), "opencv-python": ("libgl1", "libglib2.0-0")}  # what their wheels lack
_PLATFORMS: Final = {"x86_64": "linux/amd64", "AMD64": "linux/amd64", "aarch64": "linux/arm64", "arm64": "linux/arm64"}
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.:,=/+ -]+", re.ASCII)
_TAG: Final = re.compile(r"[^a-z0-9_.-]+")
_HOME: Final = "/home/runner/work"
_ENVIRONMENT: Final = "/opt/run"


@dataclass(frozen=True, slots=True)
class Context:
    """What lies beside a Dockerfile: ``requirements`` files, the ``program``, and ``code`` with folders to import from.

    ``folder`` is the working directory, relative to the code.
    """

    requirements: Sequence[str] = (PINNED,)
    program: str = ""
    code: str = ""
    local: Sequence[str] = ()
    folder: str = "."
    gpu: str = ""
    packages: Sequence[str] = field(default=())


def dockerfile(run: Run, was: Recorded, context: Context) -> str:
    """Return the text of a Dockerfile for a run.

    Both stages are of the version of Python that the run used; the second has no compiler, and a user who is not root.
    """
    parts = [_head(run, was), _building(was, context), _running(run, was, context)]
    return "\n".join(parts)


def image_name(run: Run) -> str:
    """Return what the image is called: by the experiment, tagged with the commit, or the run where there was none."""
    commit = run.code.get("commit")
    tag = commit[:12] if isinstance(commit, str) and re.fullmatch(r"[0-9a-f]{40,64}", commit) else run.short
    name = _TAG.sub("-", run.experiment.lower()).strip("-._") or "run"
    return f"nbtrack/{name}:{tag}"


def docker_ignore(context: Context) -> str:
    """Return the text of a ``.dockerignore``: nothing but what the Dockerfile copies reaches the builder."""
    code = [f"{context.code}/**"] if context.code else []
    copied = [*context.requirements, *filter(None, (context.program,)), *code]
    return "**\n" + "".join(f"!{name}\n" for name in copied)


def devcontainer(run: Run, context: Context) -> str:
    """Return the text of a ``devcontainer.json`` that opens the second stage of the Dockerfile in an editor."""
    told: dict[str, Any] = {
        "name": f"nbtrack run {run.short}",
        "build": {"dockerfile": "../Dockerfile", "context": "..", "target": "run"},
        "remoteUser": "runner",
        "workspaceFolder": _HOME,
        "workspaceMount": f"source=${{localWorkspaceFolder}},target={_HOME}/context,type=bind",
        "customizations": {
            "vscode": {
                "extensions": ["ms-python.python", "ms-toolsai.jupyter"],
                "settings": {"python.defaultInterpreterPath": f"{_ENVIRONMENT}/bin/python"},
            }
        },
    }
    if context.gpu:
        told |= {"hostRequirements": {"gpu": "optional"}, "runArgs": ["--gpus", "all"]}
    return json.dumps(told, indent=2) + "\n"


def _head(run: Run, was: Recorded) -> str:
    image = image_name(run)
    platform = _PLATFORMS.get(str(run.hardware.get("machine")))
    build = f"docker build {f'--platform {platform} ' if platform else ''}-t {image} ."
    gpu = run.hardware.get("gpu")
    lines = [
        "syntax=docker/dockerfile:1",
        f"The environment of nbtrack run {run.id}:",
        f"  {build}",
        f"  docker run --rm {'--gpus all ' if gpu else ''}{image}",
        *([f"The run used a GPU: {comment(str(gpu))}."] if gpu else []),
        "The tags of Python's images move. To build from the very same image for good, add its digest to the tag:",
        f"  docker buildx imagetools inspect python:{was.python}-slim",
        f"  FROM python:{was.python}-slim@sha256:<digest>",
    ]
    return "".join(f"# {line}\n" for line in lines)


def _building(was: Recorded, context: Context) -> str:
    lines = [
        f"FROM python:{was.python} AS build",
        "WORKDIR /build",
        f"RUN python -m venv {_ENVIRONMENT}",
        f"COPY {' '.join(context.requirements)} ./",
    ]
    install = f"{_ENVIRONMENT}/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-deps"
    if PINNED in context.requirements:
        lines.append(f"RUN {install} --require-hashes -r {PINNED}")
    if UNVERIFIED in context.requirements:
        lines.append(f"RUN {install} -r {UNVERIFIED}")
    return "\n".join(lines) + "\n"


def _running(run: Run, was: Recorded, context: Context) -> str:
    lines = [f"FROM python:{was.python}-slim AS run", _labels(run), *_system(context.packages)]
    folder = _HOME if context.folder in ("", ".") else f"{_HOME}/{context.folder}"
    places = " ".join(_word(place) for place in dict.fromkeys((_HOME, folder)))
    lines += [
        "RUN groupadd --gid 1000 runner \\",
        "    && useradd --create-home --uid 1000 --gid runner runner \\",
        f"    && install --directory --owner=runner --group=runner {places}",
        f"COPY --from=build {_ENVIRONMENT} {_ENVIRONMENT}",
        f"ENV {_variables(was, context)}",
        f"WORKDIR {_HOME}",
    ]
    if context.code:
        lines.append(f"COPY --chown=runner:runner {context.code}/ ./")
    lines.append("USER runner")
    if folder != _HOME:
        lines.append(f"WORKDIR {quoted(folder)}")
    if context.program:
        lines.append(f"COPY --chown=runner:runner {context.program} ./")
    lines.append(
        '# Data are not part of the image: mount what the program reads, for example --volume "$PWD/data:…:ro".'
    )
    lines.append(f"CMD {json.dumps(['python', context.program] if context.program else ['python'])}")
    return "\n".join(lines) + "\n"


def _labels(run: Run) -> str:
    commit = run.code.get("commit")
    labels = {
        "org.opencontainers.image.title": run.name,
        "org.opencontainers.image.revision": commit if isinstance(commit, str) else "",
        "org.opencontainers.image.source": str(run.code.get("remote") or ""),
        "nbtrack.run": run.id,
        "nbtrack.experiment": run.experiment,
    }
    return "LABEL " + " \\\n      ".join(f"{name}={quoted(text)}" for name, text in labels.items() if text)


def _system(packages: Sequence[str]) -> list[str]:
    """Return the instruction that installs libraries which wheels expect of the system."""
    libraries = sorted({library for name in packages for library in _SYSTEM.get(name, ())})
    if not libraries:
        return []
    return [
        "# hadolint ignore=DL3008  (the versions are those of the base image's release)",
        f"RUN apt-get update && apt-get install --yes --no-install-recommends {' '.join(libraries)} \\",
        "    && rm -rf /var/lib/apt/lists/*",
    ]


def _variables(was: Recorded, context: Context) -> str:
    found = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
    if context.local:
        found["PYTHONPATH"] = ":".join(_HOME if each == "." else f"{_HOME}/{each}" for each in context.local)
    recorded = {name: was.variables[name] for name in _NUMBERS if _PLAIN.fullmatch(was.variables.get(name, ""))}
    words = [f"{name}={quoted(text)}" for name, text in {**recorded, **found}.items()]
    return " \\\n    ".join([f'PATH="{_ENVIRONMENT}/bin:$PATH"', *words])


def quoted(text: str) -> str:
    r"""Return any text as one word of a Dockerfile, in which nothing is a variable, a quote or the end of the line.

    >>> print(quoted('say "hi" $HOME\nRUN evil'))
    "say \"hi\" \$HOME RUN evil"
    """
    plain = re.sub(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+", " ", text)
    return '"' + re.sub(r'(["\\$])', r"\\\1", plain) + '"'


def comment(text: str) -> str:
    """Return any text as part of a comment on one line."""
    return re.sub(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+", " ", text)[:200]


def _word(path: str) -> str:
    """Return a path as one word of the shell that ``RUN`` starts."""
    return shlex.quote(comment(path))
