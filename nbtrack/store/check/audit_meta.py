"""The meta log, every byte of it: what is damaged in it, and the changes it has for each run."""

from pathlib import Path
from typing import Any

from nbtrack.model import event
from nbtrack.store.check.audit_objects import ObjectAudit
from nbtrack.store.check.finding import Finding
from nbtrack.store.check.trail import Trail
from nbtrack.store.lines.lines import lines
from nbtrack.store.lines.record import decode
from nbtrack.store.objects.references import listings, mentioned, needed
from nbtrack.store.runs.live import META, Live
from nbtrack.store.runs.metascan import meta_writer, months
from nbtrack.store.system.disk import names


class MetaAudit:
    """What the meta log holds: ``changes`` by run, and what is wrong with it."""

    def __init__(self, root: Path, objects: ObjectAudit) -> None:
        """Objects that changes name are told to ``objects``."""
        self.objects = objects
        self.findings: list[Finding] = []
        self.changes: dict[str, list[dict[str, Any]]] = {}
        self.records = 0
        self.bytes = 0
        self._root = root
        self._trails: dict[str, Trail] = {}
        self._torn: dict[str, Finding] = {}
        self._parts: set[str] = set()  # writers of whom only some changes were handed on

    def read(self) -> None:
        """Read all of it."""
        for month in months(self._root / "meta"):
            for name in sorted(names(self._root / "meta" / month)):
                writer = meta_writer(name)
                if writer is not None:
                    self._file(f"meta/{month}/{name}", writer)
        self._judge()

    def _file(self, place: str, writer: str) -> None:
        try:
            for start, line in lines(self._root / place):
                self.bytes += len(line)
                if line[-1:] != b"\n":
                    text = f"{len(line):,} bytes of a record that was never finished"
                    self._torn[writer] = Finding("torn", text, place, start, writer=writer)
                else:
                    self._line(line, place, start)
        except OSError as error:
            self.findings.append(Finding("unreadable", f"cannot be read: {error.strerror}", place))

    def _line(self, line: bytes, place: str, start: int) -> None:
        state, record = decode(line[:-1])
        if state == "damaged":
            if line.strip():
                self.findings.append(Finding("damaged", f"{len(line):,} bytes that are no record", place, start))
            return
        if state == "unsealed":
            text = f"a line typed by hand: {line[:60].decode('ascii', 'replace').rstrip()}"
            self.findings.append(Finding("unsealed", text, place, start))
        if record.get("k") == event.HEAD:
            self._parts.update([str(record.get("w"))] if record.get("part") is True else [])
            return
        self.records += 1
        if "run" in record:
            run_id = str(record["run"])
            self.changes.setdefault(run_id, []).append(record)
            self.objects.need(run_id, needed(record), mentioned(line), listings(record))
        number = record.get("n")
        if "c" in record and isinstance(number, int):
            self._trails.setdefault(str(record.get("w")), Trail()).add(number, line.rstrip()[-10:-2], point=False)

    def _judge(self) -> None:
        open_writers = {marker.writer for marker in Live(self._root).markers() if marker.run == META}
        for writer, trail in sorted(self._trails.items()):
            for number in trail.divergent():
                text = f"two changes are number {number} of writer {writer}"
                self.findings.append(Finding("divergent", text, "meta", writer=writer))
            gaps = trail.missing()
            if gaps.many and writer not in self._parts:
                text = f"no change has the numbers {gaps.text} of writer {writer}: the disk refused it, or it is lost"
                self.findings.append(Finding("gap", text, "meta", writer=writer, count=gaps.many))
        self.findings += [finding for writer, finding in self._torn.items() if writer not in open_writers]
