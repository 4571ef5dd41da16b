"""A disk on which one call fails, once or from then on."""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

from nbtrack.store.system.disk import Disk

ERRORS = (errno.ENOSPC, errno.EIO, errno.EINTR, errno.EDQUOT, errno.EROFS)


@dataclass
class Faulty:
    """Makes calls on a real disk until the one that fails; ``disk`` goes into the seam.

    A full disk takes the first half of what is written, as kernels do, and says so only at the next write.
    """

    fails_at: int
    error: int = errno.EIO
    for_ever: bool = False
    only: frozenset[str] = frozenset()
    real: Disk = field(default_factory=Disk)
    healed: bool = False
    calls: int = 0
    failed: str = ""

    def __post_init__(self) -> None:
        calls = {each.name: self._failing(each.name, getattr(self.real, each.name)) for each in fields(Disk)}
        self.disk = Disk(**calls)

    def _failing(self, verb: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def make(*arguments: Any) -> Any:
            if self.only and verb not in self.only:
                return call(*arguments)
            self.calls += 1
            if not self._is_due():
                return call(*arguments)
            short = not self.failed and verb == "write" and self.error in {errno.ENOSPC, errno.EDQUOT}
            self.failed = self.failed or verb
            if short and len(arguments[1]) > 1:
                self.fails_at = self.calls + 1
                return call(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
            raise OSError(self.error, os.strerror(self.error))

        return make

    def _is_due(self) -> bool:
        return not self.healed and (self.calls == self.fails_at or (self.for_ever and self.calls > self.fails_at))
