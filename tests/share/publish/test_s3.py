"""A report published to a real server of S3: there, whole, and told to browsers as a page."""

import pytest
import s3fs

from nbtrack.share.publish.place import publish_to

pytestmark = pytest.mark.slow


def test_a_browser_is_told_that_it_is_a_page(bucket: str) -> None:
    done = publish_to(b"<p>hello</p>", "r.html", f"{bucket}/reports/")
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    path = f"{bucket.removeprefix('s3://')}/reports/r.html"
    assert files.cat_file(path) == b"<p>hello</p>"
    assert files.call_s3("head_object", Bucket=path.partition("/")[0], Key=path.partition("/")[2])["ContentType"] == (
        "text/html; charset=utf-8"
    )
    assert done.address.startswith("http")
    assert done.address.endswith(f"/{path}")
