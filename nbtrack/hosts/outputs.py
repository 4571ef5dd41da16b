"""The part of capture that keeps what a tracked cell showed: displayed outputs, and what was written to the streams.

Nothing is replaced and nothing held back. While a tracked cell runs, the methods of IPython's own objects that display
are wrapped, on the instance, by functions that call the original, return what it returns, and only then take note. A
kernel's streams are heard where their text leaves (``kernel_stream``); of any other object that is ``sys.stdout`` or
``sys.stderr``, ``write`` is wrapped in the same way. When the cell ends, each method is put back.

What a person diverts is theirs: what ``%%capture``, ``capture_output`` or ``redirect_stdout`` keep in a variable, and
what goes to an ``io.StringIO`` as ``sys.stdout``, was asked not to be shown, and is not recorded. Shown later,
it is recorded where that happens.
"""

import io
import sys
from collections.abc import Iterator
from functools import partial
from threading import get_ident
from typing import Any, Final

from nbtrack.capture.guard import own_line
from nbtrack.capture.guard.deadline import CONTAINED, Inside, OutOfTime
from nbtrack.capture.outputs.outputs import Displays, Kept, short_text
from nbtrack.capture.outputs.storing import store_files
from nbtrack.capture.outputs.streams import Transcript
from nbtrack.capture.session.scene import Part, Scene
from nbtrack.hosts.kernel_stream import KernelStream, is_kernel_stream, message_id
from nbtrack.hosts.tap import Method, Tap
from nbtrack.model import event
from nbtrack.record.open_run import OpenRun
from nbtrack.record.program_signals import let_go

SECONDS: Final = 0.5  # what taking note of one output may take
MOST_FAILURES: Final = 100  # in one cell; after that its outputs pass by
PATIENCE: Final = 0.6  # seconds that searching for secrets and storing may take at the end of a cell


class Outputs(Part):
    """Records the displays and the streams of tracked cells."""

    name = "outputs"

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._open: dict[str, Recording] = {}  # by run
        self._streams: dict[int, KernelStream] = {}

    def before(self, scene: Scene) -> None:
        """Start listening."""
        recording = self._open[scene.run.id] = Recording()
        try:
            recording.watch(self._shell)
            for name, transcript in recording.streams.items():
                self._listen(name, transcript, recording)
        except BaseException:
            self.drop(scene)
            raise

    def after(self, scene: Scene, error: BaseException | None) -> None:  # noqa: ARG002 - its traceback is kept elsewhere
        """Stop listening, and keep what was heard."""
        recording = self._stopped(scene)
        if recording is not None:
            _keep(recording, scene.run)

    def drop(self, scene: Scene) -> None:
        """Stop listening."""
        self._stopped(scene)

    def close(self) -> None:
        """Stop listening to every cell."""
        while self._open:
            self._open.popitem()[1].stop()
        while self._streams:
            self._streams.popitem()[1].close()

    def _stopped(self, scene: Scene) -> "Recording | None":
        recording = self._open.pop(scene.run.id, None)
        if recording is not None:
            recording.stop()
        return recording

    def _listen(self, name: str, transcript: Transcript, recording: "Recording") -> None:
        """Listen to what is ``sys.stdout`` or ``sys.stderr`` now, unless it keeps text for somebody."""
        stream = getattr(sys, name, None)
        if type(stream) is io.StringIO or (name == "stderr" and stream is sys.stdout):
            return
        if is_kernel_stream(stream):
            if id(stream) not in self._streams:
                self._streams[id(stream)] = KernelStream(stream)
            recording.listen(self._streams[id(stream)], transcript)
        else:
            recording.copy(stream, transcript)


class Recording:
    """What one cell shows, and the hooks by which it is heard."""

    def __init__(self) -> None:
        self.displays: Displays | None = None  # until there is one
        self.streams = {"stdout": Transcript(), "stderr": Transcript()}
        self.result: str | None = None
        self.failures = 0
        self._request: str | None = None
        self._quiet: list[int] = []  # threads in which IPython itself writes: an output, a prompt, a traceback
        self._taps: list[Tap] = []
        self._heard: list[tuple[KernelStream, Method]] = []

    def watch(self, shell: Any) -> None:
        """Take note of what is displayed."""
        publisher, hook = shell.display_pub, shell.displayhook
        self._request = message_id(publisher)
        noted: list[tuple[Any, str, Method | None]] = [(hook, "write_format_data", self._result)]
        if not _captures(publisher):
            noted += [(publisher, "publish", self._published), (publisher, "clear_output", self._cleared)]
        if self._request is None:  # no kernel: here prompts and tracebacks are printed
            noted += [(hook, "write_output_prompt", None), (shell, "_showtraceback", None)]
        for owner, name, note in noted:
            tap = Tap(owner, name, partial(self._noting, owner, note))
            if tap.put_in():
                self._taps.append(tap)

    def listen(self, stream: KernelStream, transcript: Transcript) -> None:
        """Take what a kernel's stream sends."""

        def take(text: str) -> None:
            if self.failures < MOST_FAILURES:
                try:
                    transcript.write(text)
                except Exception:  # noqa: BLE001 - in the kernel's own thread nobody would hear of it
                    self.failures += 1

        stream.add(take)
        self._heard.append((stream, take))

    def copy(self, stream: Any, transcript: Transcript) -> None:
        """Take what is written to any other stream."""
        tap = Tap(stream, "write", partial(self._copying, transcript))
        if tap.put_in():
            self._taps.append(tap)

    def files(self) -> Iterator[Kept]:
        """Yield what to keep."""
        for name, transcript in self.streams.items():
            text, found = transcript.clean()
            if text:
                yield Kept(f"outputs/{name}.txt", text.encode("utf-8", "replace"), "text/plain", found)
        if self.displays is not None:
            yield from self.displays.kept()

    def stop(self) -> None:
        """Take the hooks out, the last first; called again, those that a failure left.

        Streams send the rest of what they hold now, stdout before stderr, as a kernel has them do after a cell.
        """
        try:
            while self._taps:
                self._taps.pop().remove()
            while self._heard:
                stream, take = self._heard.pop(0)
                stream.remove(take)
        finally:
            if self._taps or self._heard:
                self.stop()

    @own_line.makes_passages
    def _copying(self, transcript: Transcript, original: Method, tap: Tap) -> Method:
        """Return what also copies what is written. This is on the path of every print."""
        quiet = self._quiet

        def write(*args: Any, **named: Any) -> Any:
            written = original(*args, **named)
            if tap.is_in and args and not (quiet and get_ident() in quiet) and self.failures < MOST_FAILURES:
                try:
                    transcript.write(args[0])
                except CONTAINED as problem:  # writing must not fail for our sake
                    let_go(problem)
                    self.failures += MOST_FAILURES if isinstance(problem, OutOfTime) else 1
            return written

        return write

    @own_line.makes_passages
    def _noting(self, owner: Any, note: Method | None, original: Method, tap: Tap) -> Method:
        """Return what displays as it did before, and then takes note."""
        quiet = self._quiet

        def call(*args: Any, **named: Any) -> Any:
            if not tap.is_in:
                return original(*args, **named)
            quiet.append(get_ident())  # what this thread writes meanwhile is IPython's, and recorded as what it is
            try:
                returned = original(*args, **named)
            finally:
                quiet.remove(get_ident())
            if note is not None and self.failures < MOST_FAILURES:
                try:
                    self._note(owner, note, args, named)
                except CONTAINED as problem:  # whatever was displayed, displaying it must not fail for our sake
                    let_go(problem)
                    self.failures += MOST_FAILURES if isinstance(problem, OutOfTime) else 1
            return returned

        return call

    def _note(self, owner: Any, note: Method, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        """Take note of what was displayed, unless it belongs to another cell."""
        deadline = Inside()
        deadline.start(SECONDS)
        try:
            if message_id(owner) == self._request:
                note(*args, **named)
        finally:
            deadline.stop()

    def _published(
        self, data: Any, metadata: Any = None, *_: Any, transient: Any = None, update: Any = False, **__: Any
    ) -> None:
        display_id = transient.get("display_id") if type(transient) is dict else None
        self._displayed().add(data, metadata, display_id, update=update is True)

    def _result(self, data: Any, metadata: Any = None, *_: Any, **__: Any) -> None:
        self._displayed().add(data, metadata)
        self.result = short_text(data)

    def _cleared(self, *args: Any, wait: Any = False, **_: Any) -> None:
        self._displayed().clear(wait=(args[0] if args else wait) is True)

    def _displayed(self) -> Displays:
        if self.displays is None:
            self.displays = Displays()
        return self.displays


def _captures(publisher: Any) -> bool:
    from IPython.core.displaypub import CapturingDisplayPublisher  # noqa: PLC0415 - only under IPython

    return isinstance(publisher, CapturingDisplayPublisher)


def _keep(recording: Recording, run: OpenRun) -> None:
    """Keep what was heard with the run, and say what was left out."""
    if recording.result is not None:
        run.record(event.RESULT, recording.result)
    files = list(recording.files())
    late = store_files(files, run, PATIENCE) if files else 0
    if recording.displays is not None and (left_out := str(recording.displays.left_out)):
        run.warn(f"outputs: {left_out}")
    if late:
        run.warn(f"outputs: {late} of {len(files)} files were not kept: storing them would have taken too long")
    if recording.failures:
        run.warn(f"outputs: {recording.failures} could not be recorded")
