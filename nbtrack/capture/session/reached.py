"""How far a cell came that did not run to its end."""

from types import TracebackType


def reached_line(error: BaseException) -> int:
    """Return the line of the cell at which ``error`` passed; 0 when it never began: a syntax error, a refused magic."""
    trace = error.__traceback__
    while trace is not None and not _is_cell(trace):
        trace = trace.tb_next
    return trace.tb_lineno if trace is not None else 0


def _is_cell(trace: TracebackType) -> bool:
    """The cell's own frame is the module-level one that no file of a package has."""
    code = trace.tb_frame.f_code
    return code.co_name in {"<module>", "<cell line: 1>"} or code.co_name.startswith("<cell line:")
