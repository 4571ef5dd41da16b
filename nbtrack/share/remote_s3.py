"""What S3 can do beyond the others: writing only if nothing, or only the expected, is there, and checking what arrives.

``If-None-Match`` and ``If-Match`` on writes: docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html;
``Content-MD5``: the server refuses a body that is not what was sent.
"""

import hashlib
import threading
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from nbtrack.errors import RemoteError
from nbtrack.share.appearing import part_size
from nbtrack.share.holder import Content, Entry
from nbtrack.share.refusing import is_unknown
from nbtrack.share.remote import Remote


class RemoteS3(Remote):
    """A store in a bucket of S3, or of a server that speaks as S3 does."""

    _is_plain = False  # whether the server knows no conditional writes

    def _listing(self, folder: str) -> list[tuple[str, Entry]]:
        """Return all files below a folder, page by page: of a million names nothing else is kept than this."""
        key = self._named_key(folder)
        prefix = f"{key['Key']}/"  # added here: older s3fs takes a slash off the end of a path
        start = len(prefix) - len(folder) - 1
        found, token = [], dict[str, str]()
        while True:
            asked = {"Bucket": key["Bucket"], "Prefix": prefix, **token}
            page = self.asking("list", lambda a=asked: self._files.call_s3("list_objects_v2", **a), f"listing {folder}")  # type: ignore[misc]  # bound now
            for each in page.get("Contents", ()):
                size, etag = int(each["Size"]), str(each.get("ETag", "")).strip('"')
                found.append((str(each["Key"])[start:], Entry(size, f"{size}-{etag}")))
            if not page.get("IsTruncated"):
                return found
            token = {"ContinuationToken": str(page["NextContinuationToken"])}

    def _put(self, place: str, data: bytes, before: Entry | None) -> Entry:
        told = self.asking("put", lambda: self._put_object(place, data, before), place)
        etag = str(told.get("ETag", "")).strip('"')
        return Entry(len(data), f"{len(data)}-{etag}") if etag else self._arrived(place, len(data))

    def _put_object(self, place: str, data: bytes, before: Entry | None) -> dict[str, Any]:
        check = b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        request = {"Body": data, "ContentMD5": check, **self._named_key(place)}
        return dict(self._only_if(before, lambda only: self._files.call_s3("put_object", **request, **only)))

    def _put_large(self, place: str, content: Content, before: Entry | None, name: str | None) -> Entry:
        told = self.asking("put", lambda: self._put_parts(place, content, before, name), place)
        etag = str(told.get("ETag", "")).strip('"')
        arrived = self._arrived(place, content.size)
        if etag and not arrived.mark.endswith(etag):
            raise RemoteError(f"{self.address}: {place} is not what was sent; somebody else replaced it: try again")
        return arrived

    def _put_parts(self, place: str, content: Content, before: Entry | None, name: str | None) -> dict[str, Any]:
        """Send a large file in parts. It appears when the last of them has, and never before."""
        key = self._named_key(place)
        upload = self._files.call_s3("create_multipart_upload", **key)["UploadId"]
        try:
            parts = _Parts(self._files, {**key, "UploadId": upload}, part_size(content.size))
            self._pour(content, name, parts.write)
            done = {"Parts": parts.finish()}
            request = {**key, "UploadId": upload, "MultipartUpload": done}
            return dict(
                self._only_if(before, lambda only: self._files.call_s3("complete_multipart_upload", **request, **only))
            )
        except BaseException:
            self._forget(key, upload)
            raise

    def _only_if(self, before: Entry | None, write: Callable[[dict[str, str]], Any]) -> Any:
        """Replace nothing, or only what was seen there; where the server knows no such thing, write all the same."""
        if self._is_plain:
            return write({})
        only = {"IfNoneMatch": "*"} if before is None else {"IfMatch": f'"{before.mark.partition("-")[2]}"'}
        try:
            return write(only)
        except Exception as error:
            if not is_unknown(error):
                raise
            self._is_plain = True
            return write({})

    def _forget(self, key: dict[str, str], upload: str) -> None:
        """Free what an unfinished upload takes; where that fails, the bucket's own rules do it some day."""
        forgetting = threading.Thread(target=self._abort, args=(key, upload), daemon=True)
        forgetting.start()
        forgetting.join(10)

    def _abort(self, key: dict[str, str], upload: str) -> None:
        try:
            self._files.call_s3("abort_multipart_upload", **key, UploadId=upload)
        except Exception:  # noqa: BLE001 - what failed before is what the person hears of
            return

    def _named_key(self, place: str) -> dict[str, str]:
        bucket, key, _ = self._files.split_path(self._at(place))
        return {"Bucket": bucket, "Key": key}


class _Parts:
    """The parts of one upload, each sent when it is full."""

    def __init__(self, files: Any, upload: dict[str, str], size: int) -> None:
        self._files = files
        self._upload = upload
        self._size = size
        self._waiting = bytearray()
        self._sent: list[dict[str, Any]] = []

    def write(self, chunk: bytes) -> None:
        """Take some bytes."""
        self._waiting += chunk
        while len(self._waiting) >= self._size:
            self._send(bytes(self._waiting[: self._size]))
            del self._waiting[: self._size]

    def finish(self) -> list[dict[str, Any]]:
        """Send the rest, and return what the parts are called."""
        if self._waiting or not self._sent:
            self._send(bytes(self._waiting))
        return self._sent

    def _send(self, part: bytes) -> None:
        number = len(self._sent) + 1
        check = b64encode(hashlib.md5(part, usedforsecurity=False).digest()).decode()
        told = self._files.call_s3("upload_part", PartNumber=number, Body=part, ContentMD5=check, **self._upload)
        self._sent.append({"PartNumber": number, "ETag": told["ETag"]})
