"""A reader of stores written from ``docs/store-format.md`` alone: ``python independent_reader.py STORE`` prints the runs."""

import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32


def sealed(line: bytes) -> dict | None:
    whole = line[-16:-10] == b',"c":"' and line[-10:] == b'%08x"}' % crc32(line[:-16])
    return json.loads(line) if whole else None


def column(about: dict, body: bytes, rows: int) -> list:
    if "by" in about:
        return [about["from"] + about["by"] * row for row in range(rows)]
    if "runs" in about:
        return [which for which, times in zip(*[iter(about["runs"])] * 2, strict=True) for _ in range(times)]
    if about["as"] == "json":
        return json.loads(body[about["at"] : about["at"] + about["size"]])
    kind = {"f8": "d", "i8": "q", "u4": "I", "u1": "B"}[about["as"]]
    return [about.get("from", 0) + cell for cell in struct.unpack_from(f"<{rows}{kind}", body, about["at"])]


def block(content: bytes) -> Iterator[dict]:
    at = len(b"nbtrack\0block 1\n")
    while at < len(content):
        end = content.index(b"\n", at) + 1
        part, body = json.loads(content[at:end]), content[end:]
        at = end + part["size"] + 1
        if part["k"] == "ml":
            yield from records(body[: part["size"]])
        else:
            numbers, steps = (column(part[member], body, part["rows"]) for member in "ns")
            sets = column(part["in"], body, part["rows"]) if "in" in part else [0] * part["rows"]
            cells = {name: iter(column(about, body, about.get("rows", 0))) for name, about in part["v"].items()}
            for n, s, which in zip(numbers, steps, sets, strict=True):
                yield {"k": "m", "w": part["w"], "n": n, "s": s, "v": {m: next(cells[m]) for m in part["sets"][which]}}


def records(content: bytes) -> Iterator[dict]:
    if content.startswith(b"nbtrack\0block 1\n"):
        yield from block(content)
    else:
        yield from filter(None, map(sealed, content.split(b"\n")[:-1]))


def files(store: Path) -> Iterator[tuple[str, bytes]]:
    yield from ((path.parent.name, path.read_bytes()) for path in store.glob("runs/*/*/??-*"))
    for pack in store.glob("packs/*.jsonl"):
        content = pack.read_bytes()
        for row in filter(None, map(sealed, content[json.loads(content.split(b"\n")[-2])["contents"] :].split(b"\n"))):
            yield from ((row["run"], content[at : at + size]) for _, at, size, _ in row.get("files", ()))


def runs(store: Path) -> dict[str, dict]:
    found: dict[str, dict] = {}
    for run, content in files(store):
        found.setdefault(run, {}).update({(r["w"], r["n"], r.get("c")): r for r in records(content) if "n" in r})
    for path in store.glob("meta/*/*.jsonl"):
        for r in records(path.read_bytes()):
            if r.get("run") in found and "n" in r:
                found[r["run"]][r["w"], r["n"], r["c"]] = r
    return {run: told(each.values()) for run, each in sorted(found.items())}


def told(found) -> dict:
    run = {"name": None, "status": None, "params": {}, "tags": {}, "note": None, "deleted": False, "points": {}}
    for r in sorted(found, key=lambda r: (r.get("l", 0), r["w"], r["n"])):
        value = r.get("v")
        if r["k"] == "run.start":
            run["name"] = value["name"]
        elif r["k"] == "run.end":
            run["status"] = r.get("st", run["status"])
        elif r["k"] in {"params", "tags"}:
            run[r["k"]] = {k: v for k, v in {**run[r["k"]], **value}.items() if v is not None or r["k"] == "params"}
        elif r["k"] in {"note", "delete"}:
            run["deleted" if r["k"] == "delete" else "note"] = value
        elif r["k"] == "m":
            for name, each in value.items():
                run["points"].setdefault(name, []).append((r["s"], r["w"], r["n"], each))
    run["points"] = {
        name: [(p[0], p[3]) for p in sorted(each, key=lambda p: p[:3])] for name, each in run["points"].items()
    }
    return run


if __name__ == "__main__":
    print(json.dumps(runs(Path(sys.argv[1])), indent=1))
