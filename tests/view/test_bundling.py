import re
from collections import Counter
from pathlib import Path

import pytest

import nbtrack
from nbtrack.view.bundling import bundled, imports, without_comments

_FOLDER = Path(nbtrack.__file__).parent / "view" / "static" / "compare"
_MODULES = {path.name: path.read_text("utf-8") for path in sorted(_FOLDER.glob("*.js"))}
_TOP = re.compile(r"^(?:export )?(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)
_EXPORTED = re.compile(r"^export (?:function|class|const|let) (\w+)", re.MULTILINE)
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


def _code(text: str) -> str:
    return _TEXT.sub('""', without_comments(text))


def test_every_import_names_something_that_is_exported_and_used() -> None:
    wrong = [
        (name, file, taken)
        for name, text in _MODULES.items()
        for file, names in imports(text).items()
        for taken in names
        if taken not in _EXPORTED.findall(_MODULES.get(file, "")) or len(re.findall(rf"\b{taken}\b", _code(text))) < 2
    ]
    assert wrong == []


def test_every_export_is_imported_somewhere_or_offered_by_the_entry_or_tested() -> None:
    tested = Path(__file__).with_name("compare.test.mjs").read_text("utf-8")
    taken = {name for text in _MODULES.values() for names in imports(text).values() for name in names}
    unused = [
        (file, name)
        for file, text in _MODULES.items()
        if file != "index.js"
        for name in _EXPORTED.findall(text)
        if name not in taken and not re.search(rf"\b{name}\b", tested)
    ]
    assert unused == []


def test_names_at_the_top_are_unique_among_all_modules() -> None:
    counts = Counter(name for text in _MODULES.values() for name in _TOP.findall(text))
    assert [name for name, count in counts.items() if count > 1] == []


def test_a_module_uses_no_name_of_another_that_it_does_not_import() -> None:
    """Joined, such a name would be found; as a module, it would not."""
    homes = {name: file for file, text in _MODULES.items() for name in _TOP.findall(text)}
    missing = []
    for file, text in _MODULES.items():
        known = {name for names in imports(text).values() for name in names}
        code = re.sub(r"`(?:[^`$]|\$(?!\{))*`", "``", _code(text))
        for name, home in homes.items():
            called = re.search(rf"(?<![\w.$\"#-]){name}\(|\bnew {name}\b", code)
            own = re.search(rf"(?:const|let|function|class|get|\{{|,|\() ?{name}\b(?: =|\()", code)
            if home != file and name not in known and called and not own:
                missing.append((file, name))
    assert missing == []


def test_no_string_or_template_spans_lines_and_comments_stand_alone() -> None:
    odd = [
        (name, line)
        for name, text in _MODULES.items()
        for line in without_comments(text).splitlines()
        if line.count("`") % 2 or "/*" in _TEXT.sub("", line) or re.search(r"(?<![:\\])//", _TEXT.sub("", line))
    ]
    assert odd == []


def test_the_joined_script_holds_every_module_but_the_types_after_what_it_needs() -> None:
    text = bundled(_FOLDER)
    defined = [text.index(start) for start in ("const h=", "function newFrame(", "class App{", "function boot(")]
    every = {name for module in _MODULES.values() for name in _TOP.findall(module)}
    assert defined == sorted(defined)
    assert [name for name in sorted(every) if not re.search(rf"(?:function|class|const) {name}\b", text)] == []
    assert (re.findall(r"^import .*", text, re.MULTILINE), re.findall(r"^export .*", text, re.MULTILINE)) == (
        [],
        ["export default{render};"],
    )


def test_modules_that_import_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "index.js").write_text('import { a } from "./a.js";\n')
    (tmp_path / "a.js").write_text('import { b } from "./index.js";\nexport const a = 1;\n')
    with pytest.raises(ValueError, match=r"index\.js -> a\.js -> index\.js"):
        bundled(tmp_path)


def test_joining_leaves_strings_templates_and_signs_alone(tmp_path: Path) -> None:
    (tmp_path / "index.js").write_text(
        "// said once\n"
        'import { one } from "./one.js";\n'
        "export function two(a, b) {\n"
        '  /** @type {string} */ const text = "a : b , { c }";\n'
        '  return a - -b + one ? `${a} : ${b} ;` : text.replace(/ , /g, " / ");\n'
        "}\n"
    )
    (tmp_path / "one.js").write_text("/** The\n * first. */\nexport const one = [\n  1,\n  2,\n];\n")
    assert bundled(tmp_path) == (
        "const one=[1,2,];\n"
        'function two(a,b){const text="a : b , { c }";\n'
        'return a - -b + one ? `${a} : ${b} ;` : text.replace(/ , /g, " / ");}\n'
    )
