"""Storing the files of one run, several at a time: a disk that is asked to sync eight files at once syncs once."""

import time
from collections.abc import Iterable
from concurrent.futures import Future

from nbtrack.capture.outputs.outputs import Kept, without_secrets
from nbtrack.model import event
from nbtrack.record.clean import CleanWriter
from nbtrack.record.open_run import OpenRun
from nbtrack.store.base import ObjectRef
from nbtrack.store.system.workers import Workers


def store_files(files: Iterable[Kept], run: OpenRun, seconds: float) -> int:
    """Keep files with the run, in their order; return how many were not kept because time was up.

    Secrets are searched for in this thread, so only the disk is waited for at the end.
    """
    until = time.monotonic() + seconds
    pool = Workers("nbtrack-store")
    late, waiting = 0, list[tuple[Kept, Future[ObjectRef | None]]]()
    in_time = False
    try:
        for file in files:
            if time.monotonic() > until:
                late += 1
            else:
                waiting.append((file, pool.submit(run.hold, _bytes(file, run))))
        for file, stored in waiting:
            late += not _recorded(file, stored, run, until)
        in_time = not late
    finally:
        pool.end(wait=in_time)  # a disk that hangs is not waited for
    return late


def _recorded(file: Kept, stored: Future[ObjectRef | None], run: OpenRun, until: float) -> bool:
    try:
        ref = stored.result(max(until - time.monotonic(), 0))
    except TimeoutError:
        return False
    if ref is not None:
        run.record(event.ARTIFACT, {"name": file.name, **ref.members(), "media_type": file.media_type})
    return True


def _bytes(file: Kept, run: OpenRun) -> bytes:
    """Return the content of a file; of text, what is left without its secrets."""
    content, found = file.content, file.found
    if type(content) is str:
        clean, found = without_secrets(content, is_json=file.name.endswith(".json"))
        content = clean.encode("utf-8", "replace")
    if isinstance(run.writer, CleanWriter):
        run.writer.found += found
    return content  # type: ignore[return-value]  # text is bytes by now
