"""What a remote says when it does not do what was asked, in our words and without what must stay secret."""

import errno
from collections.abc import Iterator
from typing import Final

from nbtrack.errors import NbtrackError, RemoteError
from nbtrack.secret.redact import redact
from nbtrack.share.address import Address

_EXTRAS: Final = {"s3": "s3", "gs": "gcs", "az": "azure", "sftp": "sftp"}
_LOGIN: Final = {
    "s3": "look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_PROFILE, and at what the key may do",
    "gs": "look at GOOGLE_APPLICATION_CREDENTIALS, and at what the account may do",
    "az": "look at AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, and at what the account may do",
    "sftp": "look at FSSPEC_SFTP_USERNAME and your SSH agent, and at what the user may do",
}
_DENIED: Final = frozenset({
    "AccessDenied", "AllAccessDisabled", "AuthenticationFailed", "ExpiredToken", "ExpiredTokenException", "Forbidden",
    "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch", "TokenRefreshRequired", "403", "401",
})  # fmt: skip
_NO_PLACE: Final = frozenset({"NoSuchBucket", "ContainerNotFound", "InvalidBucketName"})
_TRANSIENT_CODES: Final = frozenset({
    "500", "502", "503", "504", "InternalError", "OperationAborted", "RequestTimeout", "ServiceUnavailable",
    "SlowDown", "Throttling", "ThrottlingException", "BadDigest", "XAmzContentSHA256Mismatch",
})  # fmt: skip
_NO_LOGIN: Final = frozenset({
    "NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError", "AuthenticationException",
    "BadAuthenticationType", "PasswordRequiredException", "ClientAuthenticationError",
})  # fmt: skip
_STRANGERS: Final = frozenset({"BadHostKeyException"})
_NO_WAY: Final = (
    "ConnectError", "ConnectTimeout", "Connection", "EndpointConnection", "Timeout", "ServerDisconnected", "gaierror",
    "IncompleteRead", "NoValidConnections", "ResponseParser", "HTTPClient", "SSLError",
)  # fmt: skip
_NOT_REACHED: Final = "the server cannot be reached; look at the network, and try again: what is done stays"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_TRANSIENT_NUMBERS: Final = frozenset({
    errno.ETIMEDOUT, errno.ECONNRESET, errno.ECONNREFUSED, errno.ECONNABORTED, errno.EPIPE, errno.EHOSTUNREACH,
    errno.ENETUNREACH, errno.EAGAIN, errno.EBUSY,
})  # fmt: skip


def refusal(error: BaseException, address: Address, doing: str = "") -> NbtrackError:
    """Return what to raise when a remote fails: what went wrong, where, and what to do about it."""
    if isinstance(error, NbtrackError):
        return error
    if any(isinstance(each, ImportError) for each in _chain(error)):
        return missing_extra(address, error)
    return RemoteError(f"{address}{f' ({doing})' if doing else ''}: {_why(error, address)}")


def _why(error: BaseException, address: Address) -> str:
    chain = list(_chain(error))
    codes = {code for each in chain if (code := _code(each))}
    if codes & _NO_PLACE:
        return "there is no such bucket; create it, or correct the address"
    if codes & _DENIED or any(isinstance(each, PermissionError) for each in chain):
        return f"access was refused; {_login(address)}"
    if any(type(each).__name__ in _NO_LOGIN for each in chain):
        return f"no credentials were found, or they were not accepted; {_login(address)}"
    if codes & _TRANSIENT_CODES:
        return f"the server fails ({min(codes & _TRANSIENT_CODES)}); try again later: what is done stays"
    if any(isinstance(each, OSError) and each.errno in _FULL for each in chain):
        return "no room is left there; free some and do the same again: what is there is whole"
    return _of_connection(error, address)


def _of_connection(error: BaseException, address: Address) -> str:
    chain = list(_chain(error))
    if any(_is_stranger(each) for each in chain):
        host = address.path.partition("/")[0].partition(":")[0]
        return f"the key of {host} is not the one that is known, or none is; connect once by hand, and look: ssh {host}"
    return _NOT_REACHED if any(_is_unreachable(each) for each in chain) else _told(error)


def missing_extra(address: Address, error: BaseException) -> NbtrackError:
    """Return what to raise when the package is missing that speaks a protocol."""
    extra = _EXTRAS.get(address.kind)
    what = f"pip install 'nbtrack[{extra}]'" if extra else _told(error)
    return RemoteError(f"{address}: the package that speaks {address.scheme}:// is not installed: {what}")


def is_transient(error: BaseException) -> bool:
    """Tell whether the same request may well succeed in a moment."""
    chain = list(_chain(error))
    codes = {code for each in chain if (code := _code(each))}
    if codes & (_DENIED | _NO_PLACE):
        return False
    return bool(codes & _TRANSIENT_CODES) or any(_is_unreachable(each) for each in chain)


def is_missing(error: BaseException) -> bool:
    """Tell whether a file was asked for that is not there (any more)."""
    return isinstance(error, FileNotFoundError) and not {_code(each) for each in _chain(error)} & _NO_PLACE


def is_taken(error: BaseException) -> bool:
    """Tell whether a conditional write was refused because somebody else was faster."""
    codes = {_code(each) for each in _chain(error)}
    return isinstance(error, FileExistsError) or bool(
        codes & {"PreconditionFailed", "ConditionalRequestConflict", "412"}
    )


def is_unknown(error: BaseException) -> bool:
    """Tell whether the server does not know what it was asked for, as some do conditional writes."""
    return bool({_code(each) for each in _chain(error)} & {"NotImplemented", "501"})


def _is_stranger(error: BaseException) -> bool:
    """Tell whether an SSH client does not know the host that answers."""
    return type(error).__name__ in _STRANGERS or "not found in known_hosts" in str(error)


def _is_unreachable(error: BaseException) -> bool:
    if isinstance(error, (ConnectionError, TimeoutError)):
        return True
    name = type(error).__name__
    return name.startswith(_NO_WAY) or (isinstance(error, OSError) and error.errno in _TRANSIENT_NUMBERS)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those behind it: fsspec's words hide the server's code."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or at.__context__


def _code(error: BaseException) -> str:
    """Return the server's own code for an error, where the error carries one."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        told = response.get("Error")
        return str(told.get("Code", "")) if isinstance(told, dict) else ""
    status = getattr(error, "status", None) or getattr(error, "code", None)
    return str(status) if isinstance(status, (int, str)) else ""


def _login(address: Address) -> str:
    return _LOGIN.get(address.kind, "look at your credentials, and at what they may do")


def _told(error: BaseException) -> str:
    text = redact(" ".join(str(error).split()))[0]
    return f"{type(error).__name__}{f': {text[:300]}' if text else ''}"
