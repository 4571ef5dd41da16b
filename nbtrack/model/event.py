"""What can happen to a run: the kinds of records, and what each carries in ``v``.

    kind        file   v                                                     also
    head        every  -                                                     fmt, min_reader, run, seg, host, boot, pid…
    run.start   ev     name, experiment, started, notebook, session, hardware -
    cell        ev     source, id, count, hash, line, overrides              -
    params      ev     {name: value}                                         src: {name: where it came from}
    metrics     ev     {name: number}   single values, no step               src: {name: where it came from}
    m           mx     {name: number}   one point of each series             s: step (an integer)
    tags        ev mt  {name: value}    null removes a tag                   run: in mt, the run it is about
    note        ev mt  text             replaces the note; null removes it   -
    comment     ev mt  {text, by}       one of the run's comments, by may be empty; with of (a comment's writer-number)
                                        its new text, null to take it away   -
    artifact    ev mt  ArtifactDocument; or a list of such                   -
    result      ev     text             the value of the cell's last expression as it was shown, where that is short
    data        ev mt  [DataDocument, …]   a later one of the same name and mode adds to it
    code        ev mt  what is known of it, in parts                               -
    slice       ev     SliceDocument    the executions the run depends on    -
    system      ev     {t: [s], cpu: [%], …}    samples while it ran; columns grow
    environment ev mt  python, os, packages, …, in parts                     -
    warning     ev mt  text             something nbtrack could not capture  -
    error       ev     type, message, traceback (redacted)                   -
    redacted    ev mt  how many secrets were kept out of what was recorded   -
    run.end     ev     duration (s), curves: {metric: Curve} or null         st: status, seal: {writer: Seal}
    reproduction mt    ReproductionDocument of one attempt; all are kept, the last one is the run's verdict
    delete      mt     true or false    hides or restores a run              -
    seal        mt     {writer: Seal and n}   what a writer left that died without sealing it; n is its last number
    found       mt     {damaged, missing, …}  what a check of all files found, where reading alone sees less
    accept      mt     {damaged, missing, …}  a person accepts the run with as much wrong as this; null takes it back

``ev``, ``mx`` and ``mt`` are the events, metrics and meta segments of ``docs/store-format.md``. Every record also has
``w`` (writer), ``n`` (its number, 1, 2, 3… over all segments of that writer; a head has none), ``t`` (milliseconds
since 1970, UTC) and, as the last member, ``c`` (CRC-32). All but heads and points have ``l``, the logical clock that
orders state changes. A ``Seal`` is ``{ev: records, mx: records, d: "sha256:…"}``; ``curves`` are those of the sealing
writer, null when too many for one record (readers then add up its points); only the writer that began the run gives
``st``, a forked child seals its own part. Unknown kinds and members
are kept and ignored.
"""

from typing import Final, Literal

FORMAT: Final = 1
MIN_READER: Final = 1
MIN_WRITER: Final = 1

Status = Literal["running", "finished", "failed", "interrupted", "lost"]
STATUSES: Final = ("running", "finished", "failed", "interrupted", "lost")

HEAD: Final = "head"
START: Final = "run.start"
CELL: Final = "cell"
PARAMS: Final = "params"
METRICS: Final = "metrics"
POINT: Final = "m"
TAGS: Final = "tags"
NOTE: Final = "note"
COMMENT: Final = "comment"
ARTIFACT: Final = "artifact"
DATA: Final = "data"
CODE: Final = "code"
SLICE: Final = "slice"
SYSTEM: Final = "system"
ENVIRONMENT: Final = "environment"
WARNING: Final = "warning"
ERROR: Final = "error"
REDACTED: Final = "redacted"
END: Final = "run.end"
DELETE: Final = "delete"
CRASH_SEAL: Final = "seal"
FOUND: Final = "found"
ACCEPT: Final = "accept"
RESULT: Final = "result"
REPRODUCTION: Final = "reproduction"
