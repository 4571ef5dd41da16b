"""A real server that speaks S3, for the tests of push and pull: started once, for all of them."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

KEY, SECRET = "test-key", "test-secret"


def program() -> Path | None:
    """Return the server's program, where it is installed."""
    found = Path(sys.executable).with_name("weed")
    return found if found.exists() else None


@contextmanager
def serving(folder: Path) -> Iterator[dict[str, str]]:
    """Serve from a folder, and say which environment leads there."""
    weed = program()
    assert weed is not None
    ports = free_ports(8)
    identity = {"name": "t", "credentials": [{"accessKey": KEY, "secretKey": SECRET}]}
    rights = {"actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    (folder / "data").mkdir()
    (folder / "s3.json").write_text(json.dumps({"identities": [{**identity, **rights}]}))
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([weed, *_arguments(folder, ports)], stdout=log, stderr=log, cwd=folder)
    try:
        _wait(server, f"http://127.0.0.1:{ports[6]}/healthz", folder / "log")
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports[6]}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    finally:
        server.kill()  # asked politely it takes half a minute
        server.wait()


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _arguments(folder: Path, ports: list[int]) -> list[str]:
    names = ["master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc"]
    named = [f"-{name}={port}" for name, port in zip([*names, "s3.port", "s3.port.grpc"], ports, strict=True)]
    fixed = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    small = ["-master.volumeSizeLimitMB=64", "-volume.max=20", "-master.telemetry=false"]
    return ["server", f"-dir={folder / 'data'}", f"-s3.config={folder / 's3.json'}", *fixed, *small, *named]


def _wait(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and server.poll() is None:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise AssertionError(f"the server did not start: {log.read_text()[-2000:]}")
