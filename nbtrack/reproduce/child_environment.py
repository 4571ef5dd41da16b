"""The environment variables of a replay: a short list of those that it needs, so that no secret is among them."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_PASSED: Final = (
    "PATH",
    "LANG",
    "LANGUAGE",
    "TZ",
    "LD_LIBRARY_PATH",
    "CUDA_HOME",
    "CUDA_PATH",
    "NVIDIA_VISIBLE_DEVICES",
)
_PASSED_PREFIXES: Final = ("LC_",)
_NETWORK: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXIES: Final = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_RECORDED: Final = (  # variables of the recorded run that change numbers; the others are this machine's own matter
    *("CUBLAS_WORKSPACE_CONFIG", "JAX_ENABLE_X64", "LC_ALL", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"),
    *("NVIDIA_TF32_OVERRIDE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHONHASHSEED", "TF_DETERMINISTIC_OPS"),
    *("TOKENIZERS_PARALLELISM", "TZ", "XLA_FLAGS"),
)
_HERE: Final = ("CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS")  # which of this machine's devices to use


def child_environment(
    mine: Mapping[str, str],
    recorded: Mapping[str, str],
    *,
    home: Path,
    temporary: Path,
    store: Path,
    path: Sequence[Path] = (),
    network: bool = True,
) -> dict[str, str]:
    """Return the variables a replay is started with.

    Args:
        mine: the variables of this process, of which few are passed on.
        recorded: those that were recorded with the run, of which the ones that change results are set again.
        home: the home folder of the replay.
        temporary: its folder for temporary files.
        store: the store that its runs go to.
        path: folders that Python looks for modules in, before its own.
        network: whether certificates, and proxies without a password, are passed on.

    >>> child_environment({"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "x"}, {"TZ": "UTC"},
    ...     home=Path("/w/home"), temporary=Path("/w/tmp"), store=Path("/w/store"))["TZ"]
    'UTC'
    """
    passed = [*_PASSED, *_HERE, *(_NETWORK if network else ())]
    found = {name: mine[name] for name in passed if name in mine}
    found |= {name: value for name, value in mine.items() if name.startswith(_PASSED_PREFIXES)}
    if network:
        found |= {name: mine[name] for name in _PROXIES if name in mine and not _holds_password(mine[name])}
    found |= {name: recorded[name] for name in _RECORDED if name in recorded}
    return found | {
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "IPYTHONDIR": str(home / ".ipython"),
        "MPLCONFIGDIR": str(home / ".config" / "matplotlib"),
        "NBTRACK_STORE": str(store),
        "PYTHONIOENCODING": "utf-8",
        "PYTHONPATH": os.pathsep.join(map(str, path)),
    }


def _holds_password(address: str) -> bool:
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        return bool(parts.password or parts.username)  # a token stands in either place
    except ValueError:
        return True
