"""Every error nbtrack raises on purpose, in one tree.

    NbtrackError
    ├── UsageError (ValueError)          a magic's line, an option or a name that cannot be understood
    ├── FilterError (ValueError)         a filter that does not parse, or names something no run has
    ├── RunNotFound (LookupError)        no run with this id or prefix
    ├── AmbiguousRun (LookupError)       a prefix that several runs share
    ├── MetricNotFound (LookupError)     a history of a metric the run does not have
    ├── ArtifactNotFound (LookupError)   an artifact the run does not have
    ├── ProgramMissing (LookupError)     a run whose code was not recorded, or is not in the store any more
    ├── EnvironmentMissing (LookupError) an environment that was not recorded, or cannot be had again here
    ├── RunClosed (RuntimeError)         writing to a run that has ended
    ├── LimitExceeded (ValueError)       a value over a documented limit of the store
    ├── FileNotWritten (OSError)         a file that was asked for and cannot be written; what was there is untouched
    ├── Untrusted (ValueError)           what came from elsewhere is damaged or not what it says it is
    └── StoreError
        ├── StoreReadOnly                the store can be read but not written here
        ├── StoreFull                    the disk refused a record; nothing of it was kept
        ├── NewerFormat                  the store was written by a newer nbtrack
        ├── MaintenanceLocked            somebody else is packing, collecting or repairing this store
        ├── RemoteError                  a remote that cannot be reached, read or written
        └── ObjectMissing (LookupError)  a content hash whose bytes are not in the store

Catch ``NbtrackError`` and you catch ours and nothing else. None of them is ever raised into a tracked cell by capture.
"""


class NbtrackError(Exception):
    """Any error nbtrack raises on purpose."""


class UsageError(NbtrackError, ValueError):
    """A magic's line, an option or a name that cannot be understood."""


class FilterError(NbtrackError, ValueError):
    """A filter that does not parse, or that names something no run has."""


class RunNotFound(NbtrackError, LookupError):
    """No run with this id or prefix."""


class AmbiguousRun(NbtrackError, LookupError):
    """A prefix that several runs share."""


class MetricNotFound(NbtrackError, LookupError):
    """A history of a metric the run does not have."""


class ArtifactNotFound(NbtrackError, LookupError):
    """An artifact that the run does not have."""


class ProgramMissing(NbtrackError, LookupError):
    """A run whose code was not recorded, or is not in the store any more."""


class EnvironmentMissing(NbtrackError, LookupError):
    """An environment that was not recorded, or cannot be had again on this machine; the message says what to do."""


class RunClosed(NbtrackError, RuntimeError):
    """Writing to a run that has ended."""


class LimitExceeded(NbtrackError, ValueError):
    """A value over a documented limit of the store."""


class FileNotWritten(NbtrackError, OSError):
    """A file that was asked for - a report, a bundle - cannot be written; what was there is untouched."""


class Untrusted(NbtrackError, ValueError):
    """What came from elsewhere is damaged, or not what it says it is; nothing of it was taken."""


class StoreError(NbtrackError):
    """The store could not do what was asked of it."""


class StoreReadOnly(StoreError):
    """The store can be read but not written here."""


class StoreFull(StoreError):
    """The disk refused a record; nothing of it was kept."""


class NewerFormat(StoreError):
    """The store was written by a newer nbtrack; the message names the version needed."""


class MaintenanceLocked(StoreError):
    """Somebody else is packing, collecting or repairing this store, or may be; the message says who."""


class RemoteError(StoreError):
    """A remote that cannot be reached, read or written; the message says what to do."""


class ObjectMissing(StoreError, LookupError):
    """A content hash whose bytes are not in the store."""
