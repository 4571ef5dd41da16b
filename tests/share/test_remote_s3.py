"""What is asked of S3, and of servers that know less of it."""

from typing import Any

import pytest

from nbtrack.errors import RemoteError
from nbtrack.share.address import address_of
from nbtrack.share.holder import Content
from nbtrack.share.remote_s3 import RemoteS3
from nbtrack.share.retrying import Asking

_PLACE = "meta/2026-11/9f2c1ab47d03-0.jsonl"


class Refused(OSError):
    """What a client of S3 raises, with the server's code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


class Server:
    """A bucket in memory that knows conditional writes, or says that it does not."""

    def __init__(
        self, *, knows_conditions: bool = True, keeps_slash: bool = True, failing: list[str] | None = None
    ) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self._knows_conditions = knows_conditions
        self._keeps_slash = keeps_slash
        self._failing = failing or []

    def _strip_protocol(self, address: str) -> str:
        return address.removeprefix("s3://")

    def split_path(self, path: str) -> tuple[str, str, None]:
        bucket, _, key = path.partition("/")
        return bucket, key if self._keeps_slash else key.rstrip("/"), None

    def call_s3(self, method: str, **request: Any) -> dict[str, Any]:
        self.asked.append(method)
        if self._failing:
            raise Refused(self._failing.pop(0))
        if method == "list_objects_v2":
            return self._page(request["Prefix"], request.get("ContinuationToken", ""))
        if not self._knows_conditions and request.keys() & {"IfMatch", "IfNoneMatch"}:
            raise Refused("NotImplemented")
        if request.get("IfNoneMatch") and request["Key"] in self.files:
            raise Refused("PreconditionFailed")
        self.files[request["Key"]] = request["Body"]
        return {"ETag": f'"{len(request["Body"])}"'}

    def _page(self, prefix: str, after: str) -> dict[str, Any]:
        names = sorted(name for name in self.files if name.startswith(prefix) and name > after)
        found = [{"Key": name, "Size": len(self.files[name]), "ETag": '"x"'} for name in names[:2]]
        return {"Contents": found, "IsTruncated": len(names) > 2, "NextContinuationToken": (names[:2] or [""])[-1]}


def remote(server: Server) -> RemoteS3:
    address = address_of("s3://bucket/team")
    return RemoteS3(address, server, Asking(address, wait=lambda _: None))


def test_a_server_that_knows_no_conditions_is_written_all_the_same_and_asked_once() -> None:
    server = Server(knows_conditions=False)
    there = remote(server)
    there._put("store.json", b"{}", None)
    there._put(".gitignore", b"x", None)
    assert server.files == {"team/store.json": b"{}", "team/.gitignore": b"x"}
    assert server.asked == ["put_object"] * 3


def test_a_listing_of_many_pages_is_one_listing() -> None:
    server = Server()
    for number in range(5):
        server.files[f"team/meta/2026-11/9f2c1ab47d03-{number}.jsonl"] = b"x" * number
    server.files["team/meta/2026-11/../../x"] = b"x"
    there = remote(server)
    assert sorted(entry.size for entry in there.records().values()) == [0, 1, 2, 3, 4]
    assert there.asking.requests == {"list": 6}
    assert there.oddities == {"meta": 1}


@pytest.mark.parametrize("keeps_slash", [True, False])
def test_files_are_found_whether_or_not_the_client_keeps_a_final_slash(*, keeps_slash: bool) -> None:
    server = Server(keeps_slash=keeps_slash)
    server.files = {f"team/{_PLACE}": b"first\n", f"team/metadata/{_PLACE}": b"not ours"}
    there = remote(server)
    assert {at: entry.size for at, entry in there.records().items()} == {_PLACE: 6}
    assert there.oddities == {}


def test_what_fails_for_a_moment_is_tried_again_and_what_fails_for_good_is_told() -> None:
    server = Server(failing=["SlowDown", "InternalError"])
    remote(server)._put("store.json", b"{}", None)
    assert server.files
    with pytest.raises(RemoteError, match="the server fails"):
        remote(Server(failing=["InternalError"] * 9))._put("store.json", b"{}", None)
    refusing = Server(failing=["AccessDenied"] * 9)
    with pytest.raises(RemoteError, match="access was refused"):
        remote(refusing)._put("store.json", b"{}", None)
    assert len(refusing.asked) == 1


def test_who_is_overtaken_puts_other_bytes_beside() -> None:
    server = Server()
    one, two = remote(server), remote(server)
    two.records()
    assert one._add_record(_PLACE, Content.of(b"first\n"))
    server.info = lambda path: {"size": 6, "ETag": "x"}  # type: ignore[attr-defined]
    server.cat_file = lambda path, start, end: server.files[path.removeprefix("bucket/")][start:end]  # type: ignore[attr-defined]
    assert two._add_record(_PLACE, Content.of(b"other\n"))
    assert sorted(server.files.values()) == [b"first\n", b"other\n"]
