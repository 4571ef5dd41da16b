"""One sample of the machine: its processors, its memory, ours, and the GPUs."""

import importlib.util
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from nbtrack.model.tagged import Json

_MB: Final = 1 << 20
_DRIVER: Final = Path("/proc/driver/nvidia")


class Sampler:
    """Takes samples in the thread that made it. What a machine cannot tell is left out of all of them."""

    def __init__(self, gpus: "Gpus | None" = None) -> None:
        import psutil  # noqa: PLC0415 - 40 ms, and only for cells that run long

        self._psutil = psutil
        self._process = psutil.Process()
        psutil.cpu_percent(None)  # the first call only starts the clock
        self._gpus = gpus or Gpus()

    def sample(self) -> dict[str, Json]:
        """Return ``cpu`` and ``ram`` in percent of the machine, ``rss_mb`` of this process; ``gpu``, ``gpu_mem_mb``."""
        found: dict[str, Json] = {"cpu": None, "rss_mb": None, "ram": None}
        with suppress(Exception):  # the process may be told nothing about the machine
            found["cpu"] = self._psutil.cpu_percent(None)
            found["rss_mb"] = round(self._process.memory_info().rss / _MB, 1)
            found["ram"] = self._psutil.virtual_memory().percent
        return {**found, **self._gpus.sample()}

    def __enter__(self) -> Self:
        """Return the sampler."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the GPUs."""
        self._gpus.close()


class Gpus:
    """The NVIDIA cards of a machine, by their management library where it is installed.

    Args:
        driver: where the kernel tells of their driver; without it, the library is not looked for.
    """

    def __init__(self, driver: Path = _DRIVER) -> None:
        self._cards: list[Any] = []
        self._nvml: Any = None
        if driver.exists() and importlib.util.find_spec("pynvml") is not None:
            with suppress(Exception):  # a driver that is not for us
                self._open()

    def sample(self) -> dict[str, Json]:
        """Return ``gpu``, how busy the cards are on average in percent, and ``gpu_mem_mb``, what is used of all."""
        if not self._cards:
            return {}
        with suppress(Exception):
            busy = [self._nvml.nvmlDeviceGetUtilizationRates(card).gpu for card in self._cards]
            used = [self._nvml.nvmlDeviceGetMemoryInfo(card).used for card in self._cards]
            return {"gpu": round(sum(busy) / len(busy), 1), "gpu_mem_mb": round(sum(used) / _MB, 1)}
        return {"gpu": None, "gpu_mem_mb": None}

    def close(self) -> None:
        """Let go of the library."""
        if self._nvml is not None:
            with suppress(Exception):
                self._nvml.nvmlShutdown()
        self._cards, self._nvml = [], None

    def _open(self) -> None:
        import pynvml  # noqa: PLC0415 - not installed everywhere

        pynvml.nvmlInit()
        self._nvml = pynvml
        self._cards = [pynvml.nvmlDeviceGetHandleByIndex(at) for at in range(pynvml.nvmlDeviceGetCount())]
