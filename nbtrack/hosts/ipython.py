"""Plugging nbtrack into an IPython shell, and taking it out again without a trace."""

import sys
from typing import Any

from nbtrack.capture.syntax import tee
from nbtrack.hosts.completion import Completion
from nbtrack.hosts.magics import Magics
from nbtrack.hosts.shown_error import showing
from nbtrack.hosts.tracker import Tracker

_ATTRIBUTE = "_nbtrack"


def load(shell: Any) -> None:
    """Start tracking in ``shell``. Loading twice changes nothing."""
    if getattr(shell, _ATTRIBUTE, None) is not None:
        return
    plugs = Plugged(shell)
    try:
        plugs.plug()
        plugs.tracker.listen()
    except BaseException:
        plugs.unplug()
        raise
    setattr(shell, _ATTRIBUTE, plugs)


def unload(shell: Any) -> None:
    """Stop tracking in ``shell`` and remove every hook."""
    plugs = getattr(shell, _ATTRIBUTE, None)
    if plugs is not None:
        plugs.unplug()
        delattr(shell, _ATTRIBUTE)


def plugged(shell: Any) -> "Plugged":
    """Return what is plugged into ``shell``, which must be loaded."""
    found: Plugged = getattr(shell, _ATTRIBUTE)
    return found


class Plugged:
    """The hooks of one shell: two transformers, two events, the magics and their completion, and its tracebacks."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.tracker = Tracker(shell)
        self.magics = Magics(self.tracker)
        self.completion = Completion(self.tracker.store)
        self.hooks = {"pre_run_cell": self.tracker.before, "post_run_cell": self.tracker.after}
        self.showing = showing(shell, self.tracker.fence)
        self.transform = self.tracker.transform  # the bound methods themselves, because removal compares identity

    def plug(self) -> None:
        """Install every hook."""
        tee.install()
        if not self.tracker.off:
            self.tracker.notebook()
            self.tracker.whereabouts.wait()
        self.shell.input_transformers_cleanup.append(self.transform)
        self.shell.ast_transformers.append(self.tracker)
        for event, hook in self.hooks.items():
            self.shell.events.register(event, hook)
        self.showing.put_in()
        for name, kind, magic in self.magics.all():
            self.shell.register_magic_function(magic, kind, name)
        self.shell.Completer.custom_matchers.append(self.completion)
        formatter = self.shell.display_formatter.formatters["text/html"]
        formatter.for_type_by_name("nbtrack.query.runs", "Runs", self.magics.runs_html)
        formatter.for_type_by_name("nbtrack.model.run", "Run", self.magics.run_html)

    def unplug(self) -> None:
        """Remove every hook that is installed, each whatever becomes of the others."""
        for step in (
            self._unhook,
            self._forget_magics,
            self._forget_printers,
            _let_pages_go,
            self.tracker.close,
            tee.uninstall,
        ):
            with self.tracker.fence.around("unloading", 30):
                step()

    def _unhook(self) -> None:
        _remove(self.shell.input_transformers_cleanup, self.transform)
        _remove(self.shell.ast_transformers, self.tracker)
        for event, hook in self.hooks.items():
            if hook in self.shell.events.callbacks[event]:
                self.shell.events.unregister(event, hook)
        if self.showing.is_in:
            self.showing.remove()

    def _forget_magics(self) -> None:
        for name, kind, magic in self.magics.all():
            kinds = ("line", "cell") if kind == "line_cell" else (kind,)
            for each in kinds:
                table = self.shell.magics_manager.magics[each]
                if table.get(name) == magic:
                    del table[name]
        _remove(self.shell.Completer.custom_matchers, self.completion)

    def _forget_printers(self) -> None:
        formatter = self.shell.display_formatter.formatters["text/html"]
        for module, name in (("nbtrack.query.runs", "Runs"), ("nbtrack.model.run", "Run")):
            formatter.deferred_printers.pop((module, name), None)
            _pop_printer(formatter, module, name)


def _let_pages_go() -> None:
    """Comparisons that were kept up to date stay as they are."""
    live = sys.modules.get("nbtrack.hosts.live")
    if live is not None:
        live.WATCH.stop()


def _pop_printer(formatter: Any, module: str, name: str) -> None:
    """A deferred printer that was used once stands under its class."""
    for kind in [kind for kind in formatter.type_printers if (kind.__module__, kind.__name__) == (module, name)]:
        formatter.type_printers.pop(kind)


def _remove(hooks: list[Any], hook: Any) -> None:
    if hook in hooks:
        hooks.remove(hook)
