"""Code and data of then come back as they were, from where they are to be had, and nothing of the person's is touched."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.capture.environment.code import find_repository, state_of
from nbtrack.capture.environment.modules import Source
from nbtrack.capture.environment.uncommitted import PATCH, changes_in, modules_in
from nbtrack.capture.environment.worktree import look_at
from nbtrack.errors import UsageError
from nbtrack.reproduce.code import Told
from nbtrack.reproduce.layout import ELSEWHERE
from nbtrack.reproduce.workspace import Sources, restore_sources
from tests.reproduce.recorded import listing, read, recorded, sha256
from tests.reproduce.test_dvc import put

Git = Callable[..., str]


@pytest.fixture
def store() -> nbtrack.MemoryStore:
    return nbtrack.MemoryStore()


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "into"


def commit(git: Git, top: Path, **files: bytes | str) -> str:
    for name, content in files.items():
        write(top, name.replace("__", "/").replace("_py", ".py").replace("_csv", ".csv"), content)
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "files")
    return git(top, "rev-parse", "HEAD")


def write(top: Path, name: str, content: bytes | str) -> Path:
    path = top / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def code_of(store: nbtrack.MemoryStore, top: Path, *modules: str, folder: str = ".") -> dict[str, Any]:
    """Return what capture records of a repository's code now, kept in the store as it keeps it."""
    found = find_repository(top)
    assert found is not None
    state = state_of(found)
    sources = [Source(name, f"{top}/{name}", Path(name).stem, str(top)) for name in modules]
    with look_at(found, state["commit"]) as worktree:
        changes = worktree.changes()
        changed, own = changes_in(worktree, changes), modules_in(sources, worktree, changes, str(top))
    kept = {name: store.put(text).sha256 for name, text in {**changed.texts, **own.texts, **own.committed}.items()}
    code = {**state, **changed.record, "folder": folder}
    if PATCH in kept:
        code["patch"] = kept[PATCH]
    code["files"] = {name: {"sha256": store.put(content).sha256} for name, content in changed.files.items()}
    code["modules"] = {name: {**about, "sha256": kept[f"code/{name}"]} for name, about in own.modules.items()}
    return code


def restored(run: nbtrack.Run, into: Path, store: nbtrack.MemoryStore, beside: Path | None, **options: Any) -> Sources:
    """Restore, and see to it that nothing of the person's folder is any different for it."""
    before = listing(beside) if beside is not None else {}
    found = restore_sources(run, None, into, store=store, beside=beside, **options)
    assert (listing(beside) if beside is not None else {}) == before
    return found


def files(folder: Path) -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if not path.is_dir()}
    return {name: path.read_bytes() if path.exists() else b"" for name, path in found.items()}


def origins(found: Sources) -> dict[str, str]:
    return {each["name"]: each["origin"] for each in found.restored}


def test_the_commit_with_what_differed_from_it_comes_back(
    store: nbtrack.MemoryStore, git: Git, repository: Path, into: Path
) -> None:
    commit(git, repository, a_py="x = 1\n", b_py="y = 1\n", gone_py="", old_py="z = 1\n" * 20, data__x_csv="1,2\n")
    write(repository, "a.py", "x = 2\n")  # changed
    write(repository, "b.py", "y = 2\n")
    git(repository, "add", "b.py")  # staged
    (repository / "gone.py").unlink()
    git(repository, "mv", "old.py", "new.py")  # renamed
    write(repository, "staged.bin", b"\0\1\2")
    git(repository, "add", "staged.bin")
    write(repository, "untracked.py", "u = 1\n")
    write(repository, "unused.txt", "never read")
    run = recorded(store, code=code_of(store, repository, "a.py", "untracked.py"))
    write(repository, "a.py", "x = 3\n")  # and went on
    commit(git, repository, later_py="later = 1\n")
    found = restored(run, into, store, repository)
    assert files(into) == {
        "a.py": b"x = 2\n",
        "b.py": b"y = 2\n",
        "data/x.csv": b"1,2\n",
        "new.py": b"z = 1\n" * 20,
        "staged.bin": b"\0\1\2",
        "untracked.py": b"u = 1\n",
    }
    assert (found.missing, found.changed, found.local) == ((), (), (into,))
    assert origins(found) == {"commit": "commit", "changes": "store", "changed files": "store", "modules": "store"}


def test_when_the_commit_is_gone_the_store_has_the_modules(
    store: nbtrack.MemoryStore, git: Git, repository: Path, into: Path
) -> None:
    commit(git, repository, a_py="x = 1\n", other_py="")
    write(repository, "new.py", "y = 1\n")
    code = code_of(store, repository, "a.py", "new.py")
    found = restored(recorded(store, code={**code, "commit": "0a" * 20}), into, store, repository)
    assert files(into) == {"a.py": b"x = 1\n", "new.py": b"y = 1\n"}
    assert found.missing == ()
    assert origins(found) == {"commit": "", "modules": "store"}


def test_before_the_first_commit_what_was_staged_comes_back(
    store: nbtrack.MemoryStore, git: Git, tmp_path: Path, into: Path
) -> None:
    top = tmp_path / "new"
    write(top, "config.txt", "depth = 3\n")
    git(top, "init", "-q")
    git(top, "add", ".")
    found = restored(recorded(store, code=code_of(store, top)), into, store, top)
    assert files(into) == {"config.txt": b"depth = 3\n"}
    assert found.missing == ()


def test_a_file_that_git_alone_has_too_large_for_one_piece_is_whole(
    store: nbtrack.MemoryStore, git: Git, repository: Path, into: Path
) -> None:
    content = bytes(range(256)) * 40_000
    write(repository, "large.bin", content)
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "large")
    restored(recorded(store, code=code_of(store, repository)), into, store, repository)
    assert (into / "large.bin").read_bytes() == content


def test_a_blob_that_is_not_there_is_told_and_the_others_come_back(
    store: nbtrack.MemoryStore, git: Git, repository: Path, into: Path
) -> None:
    commit(git, repository, a_py="x = 1\n", b_py="y = 1\n")
    blob = git(repository, "rev-parse", "HEAD:a.py")
    (repository / ".git/objects" / blob[:2] / blob[2:]).unlink()
    found = restored(recorded(store, code={"commit": git(repository, "rev-parse", "HEAD")}), into, store, repository)
    assert files(into) == {"b.py": b"y = 1\n"}
    assert "a.py: the repository does not have their bytes, as in a partial clone" in [
        e["text"] for e in found.restored
    ]


@pytest.mark.parametrize("options", [{"beside": None}, {"from_store_only": True}])
def test_from_the_store_alone_nothing_else_is_asked(
    store: nbtrack.MemoryStore, git: Git, repository: Path, into: Path, options: dict[str, Any]
) -> None:
    commit(git, repository, a_py="x = 1\n", data_csv="1\n", kept_csv="2\n")
    store.put(b"2\n")
    run = recorded(
        store, code=code_of(store, repository, "a.py"), data=[read("data.csv", b"1\n"), read("kept.csv", b"2\n")]
    )
    found = restored(run, into, store, **{"beside": repository, **options})
    assert files(into) == {"a.py": b"x = 1\n", "kept.csv": b"2\n"}
    assert [cause["name"] for cause in found.missing] == ["data.csv"]


def test_without_git_the_modules_and_data_beside_the_notebook_come_back(
    store: nbtrack.MemoryStore, tmp_path: Path, into: Path
) -> None:
    mine = tmp_path / "mine"
    write(mine, "data/x.csv", "1\n")
    module = {"module": "helper", "tracked": False, "sha256": store.put(b"x = 1\n").sha256}
    code = {"modules": {"helper.py": module}}
    run = recorded(store, code=code, data=[read("data/x.csv", b"1\n")], notebook=mine / "a.ipynb")
    found = restored(run, into, store, mine)
    assert files(into) == {"helper.py": b"x = 1\n", "data/x.csv": b"1\n"}
    assert (found.root, found.folder, found.missing) == (into, into, ())
    assert found.paths == {str(mine): str(into)}


def test_data_that_changed_since_is_missing_and_both_hashes_are_said(
    store: nbtrack.MemoryStore, tmp_path: Path, into: Path
) -> None:
    mine = tmp_path / "mine"
    write(mine, "x.csv", "now\n")
    run = recorded(store, data=[read("x.csv", b"then")], notebook=mine / "a.ipynb")
    found = restored(run, into, store, mine)
    was, now = sha256(b"then"), sha256(b"now\n")
    text = f"x.csv: it has changed since ({was[:12]}… then, {now[:12]}… now), and no copy of what the run read is in the store"
    assert found.missing == ({"kind": "data", "name": "x.csv", "was": was, "now": now, "text": text},)
    assert files(into) == {}


def test_current_data_are_taken_as_they_are_and_told_to_differ(
    store: nbtrack.MemoryStore, tmp_path: Path, into: Path
) -> None:
    mine = tmp_path / "mine"
    write(mine, "x.csv", "now\n")
    write(mine, "same.csv", "same")
    data = [read("x.csv", b"then"), read("same.csv", b"same"), read("gone.csv", b"")]
    store.put(b"then")
    found = restored(recorded(store, data=data, notebook=mine / "a.ipynb"), into, store, mine, data="current")
    assert files(into) == {"x.csv": b"now\n", "same.csv": b"same"}
    assert [(each["name"], each["was"], each["now"]) for each in found.changed] == [
        ("x.csv", sha256(b"then"), sha256(b"now\n"))
    ]
    assert [each["name"] for each in found.missing] == ["gone.csv"]


def test_data_come_from_the_commit_the_store_the_folder_and_dvc_in_this_order(
    store: nbtrack.MemoryStore, git: Git, repository: Path, into: Path
) -> None:
    write(repository, "nb/.gitkeep", "")
    commit(git, repository, committed_csv="1\n", changed_csv="old\n")
    code = {**code_of(store, repository), "folder": "nb"}
    names = {"committed": b"1\n", "changed": b"new\n", "here": b"here\n", "cached": b"cached\n", "both": b"both\n"}
    for name in ("changed", "here", "both"):
        write(repository, f"{name}.csv", names[name])
    store.put(names["changed"])
    store.put(names["both"])
    md5 = put(repository / ".dvc" / "cache", names["cached"])
    data = [read(f"../{name}.csv", content) for name, content in names.items()]
    data[3] |= {"md5": md5, "dvc": "../cached.csv.dvc"}
    run = recorded(store, code=code, data=data)
    found = restored(run, into, store, repository / "nb")
    assert {name: origin for name, origin in origins(found).items() if name.startswith("..")} == {
        "../committed.csv": "commit",
        "../changed.csv": "store",
        "../here.csv": "working tree",
        "../cached.csv": "dvc cache",
        "../both.csv": "store",
    }
    assert {name: files(into)[f"{name}.csv"] for name in names} == names
    assert (found.missing, found.root, found.folder) == ((), into, into / "nb")


def test_data_of_dvcs_cache_with_other_bytes_are_not_taken(
    store: nbtrack.MemoryStore, tmp_path: Path, into: Path
) -> None:
    md5 = put(tmp_path / "mine" / ".dvc" / "cache", b"cached")
    run = recorded(store, data=[read("x.csv", b"others", md5=md5, dvc="x.csv.dvc")], notebook=tmp_path / "mine/a.ipynb")
    found = restored(run, into, store, tmp_path / "mine")
    assert [each["name"] for each in found.missing] == ["x.csv"]
    assert "DVC's cache" in found.missing[0]["text"]


def test_what_lay_elsewhere_is_restored_and_its_place_told(
    store: nbtrack.MemoryStore, tmp_path: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    there = write(tmp_path / "disk", "x.csv", "1\n")
    write(tmp_path / "me", "y.csv", "2\n")
    data = [read(str(there), b"1\n"), read("~/y.csv", b"2\n")]
    found = restored(recorded(store, data=data, notebook="~/project/a.ipynb"), into, store, tmp_path / "me")
    at = {"x": into / ELSEWHERE / "root" / str(there)[1:], "y": into / ELSEWHERE / "home" / "y.csv"}
    assert (at["x"].read_bytes(), at["y"].read_bytes(), found.missing) == (b"1\n", b"2\n", ())
    assert found.paths[str(there)] == str(at["x"])
    assert found.paths["~/y.csv"] == found.paths[f"{tmp_path}/me/y.csv"] == str(at["y"])
    assert found.home == into / ELSEWHERE / "home"
    assert (found.home / "project").resolve() == into


def test_packages_that_were_edited_elsewhere_are_imported_from_a_copy(store: nbtrack.MemoryStore, into: Path) -> None:
    about = {"module": "pkg.core", "tracked": False, "root": "~/libs/pkg", "path": "src/pkg/core.py"}
    code = {"modules": {"core.py": {**about, "sha256": store.put(b"x = 1\n").sha256}}}
    found = restored(recorded(store, code=code, notebook="/srv/a.ipynb"), into, store, None)
    assert found.local == (into / ELSEWHERE / "home/libs/pkg/src",)
    assert (found.local[0] / "pkg/core.py").read_bytes() == b"x = 1\n"


def test_folders_of_data_come_back_file_by_file(store: nbtrack.MemoryStore, tmp_path: Path, into: Path) -> None:
    mine = tmp_path / "mine"
    contents = {f"a/{number}.txt": str(number).encode() for number in range(12)}
    lines = "".join(f"{sha256(content)}  {name}\n" for name, content in sorted(contents.items()))
    entry = {"kind": "folder", "path": "images", "mode": "read", "files": 12, "sha256": sha256(lines.encode())}
    run = recorded(store, data=[entry], notebook=mine / "a.ipynb")
    for name, content in contents.items():
        write(mine / "images", name, content)
    assert restored(run, into, store, mine).missing == ()  # as they lie there
    assert files(into / "images") == contents
    assert [each["name"] for each in restored(run, tmp_path / "two", store, None).missing] == ["images"]
    store.put(lines.encode())
    for content in contents.values():
        store.put(content)
    assert restored(run, tmp_path / "three", store, None).missing == ()
    assert files(tmp_path / "three" / "images") == contents


def test_what_was_not_hashed_cannot_be_told_to_be_the_same(
    store: nbtrack.MemoryStore, tmp_path: Path, into: Path
) -> None:
    write(tmp_path / "mine", "x.csv", "1\n")
    entry = {"kind": "file", "path": "x.csv", "mode": "read", "size": 2, "state": "changing"}
    run = recorded(store, data=[entry], notebook=tmp_path / "mine/a.ipynb")
    (cause,) = restored(run, into, store, tmp_path / "mine").missing
    assert "its hash is not recorded (it was being written while it was hashed)" in cause["text"]


def test_links_submodules_and_pointers_of_lfs_are_told(
    store: nbtrack.MemoryStore, git: Git, repository: Path, into: Path
) -> None:
    there, gone = (hashlib.sha256(each).hexdigest() for each in (b"large", b"lost"))
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n"
    write(repository / ".git/lfs/objects" / there[:2] / there[2:4], there, b"large")
    write(repository, "here.bin", pointer.format(there, 5))
    write(repository, "lost.bin", pointer.format(gone, 4))
    (repository / "inside").symlink_to("here.bin")
    (repository / "outside").symlink_to("../../etc")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{'0a' * 20},vendored")
    git(repository, "add", "here.bin", "lost.bin", "inside", "outside")
    git(repository, "commit", "-q", "-m", "odd things")
    found = restored(recorded(store, code=code_of(store, repository)), into, store, repository)
    assert (into / "here.bin").read_bytes() == (into / "inside").read_bytes() == b"large"
    assert not (into / "outside").is_symlink()
    told = {each["name"]: (each["origin"], each["text"]) for each in found.restored}
    assert told["here.bin"][0] == "git lfs"
    assert told["lost.bin"] == (
        "",
        "lost.bin is kept by git-LFS (4 bytes), which does not have it here; only its pointer is there",
    )
    assert "is a submodule at 0a0a0a0a0a0a" in told["vendored"][1]
    assert "out of the repository" in told["outside"][1]
    assert found.missing == ()


def test_nothing_a_repository_names_is_executed(
    store: nbtrack.MemoryStore, git: Git, repository: Path, into: Path, tmp_path: Path
) -> None:
    evil = f"touch {tmp_path}/executed"
    write(repository, ".gitattributes", "*.py filter=evil diff=evil export-ignore ident\n")
    commit(git, repository, a_py="x = 1  # $Id$\n")
    write(repository, "a.py", "x = 2\n")
    code = code_of(store, repository, "a.py")
    for name in (
        "core.fsmonitor",
        "core.hooksPath",
        "filter.evil.smudge",
        "filter.evil.clean",
        "diff.evil.command",
        "core.pager",
    ):
        git(repository, "config", name, evil)
    restored(recorded(store, code=code), into, store, repository)
    assert not (tmp_path / "executed").exists()
    assert (into / "a.py").read_bytes() == b"x = 2\n"


def test_a_patch_that_does_not_fit_is_told_and_modules_are_right_all_the_same(
    store: nbtrack.MemoryStore, git: Git, repository: Path, into: Path
) -> None:
    commit(git, repository, a_py="x = 1\n", b_py="y = 1\n")
    write(repository, "a.py", "x = 2\n")
    write(repository, "b.py", "y = 2\n")
    code = code_of(store, repository, "a.py")
    patch = store.get(code["patch"]).replace(b"-x = 1", b"-x = 9")
    code["patch"] = store.put(patch).sha256
    found = restored(recorded(store, code=code), into, store, repository)
    assert files(into) == {"a.py": b"x = 2\n", "b.py": b"y = 2\n"}
    assert found.missing == ()
    assert any("a.py could not be made again" in each["text"] for each in found.restored)


def test_a_committed_source_with_a_secret_is_the_commits(
    store: nbtrack.MemoryStore, git: Git, repository: Path, into: Path
) -> None:
    text = "password = 'hunter" + "2hunter2'\n"
    commit(git, repository, a_py=text)
    code = code_of(store, repository, "a.py")
    code["modules"]["a.py"]["sha256"] = store.put(b"password = '[redacted:name]'\n").sha256
    found = restored(recorded(store, code=code), into, store, repository)
    assert (into / "a.py").read_text() == text
    assert found.changed == ()


def test_a_secret_that_was_taken_out_of_a_source_is_told(
    store: nbtrack.MemoryStore, git: Git, repository: Path, into: Path
) -> None:
    module = {"module": "a", "tracked": False, "sha256": store.put(b"key = '[redacted:name]'\n").sha256}
    found = restored(recorded(store, code={"modules": {"a.py": module}}), into, store, None)
    assert [each["name"] for each in found.changed] == ["a.py"]


HOSTILE = [
    "../x",
    "/etc/x",
    "a/../../x",
    "..",
    "",
    ".git/hooks/post-checkout",
    "a\0b",
    "x" * 300,
    "~/../x",
    "con/../../../x",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_records_write_nothing_outside(
    store: nbtrack.MemoryStore, tmp_path: Path, into: Path, name: str
) -> None:
    content = store.put(b"evil").sha256
    module = {"module": "x", "tracked": False, "sha256": content}
    code = {
        "modules": {name: module, "a.py": {**module, "root": name, "path": name}},
        "files": {name: {"sha256": content}},
        "changed": {name: "D"},
        "folder": name,
        "cwd": name,
    }
    data = [read(name, b"evil"), {**read(name, b"evil"), "kind": "folder"}]
    run = recorded(store, code=code, data=data, notebook=f"{tmp_path}/{name}/a.ipynb")
    before = listing(tmp_path)
    found = restore_sources(run, None, into, store=store, beside=tmp_path)
    assert {path: about for path, about in listing(tmp_path).items() if not path.startswith("into")} == before
    assert into in (found.folder, *found.folder.parents)
    assert into in (found.root, *found.root.parents)


def test_a_manifest_that_leads_out_is_refused(store: nbtrack.MemoryStore, tmp_path: Path, into: Path) -> None:
    listed = f"{store.put(b'evil').sha256}  ../../x\n".encode()
    entry = {"kind": "folder", "path": "images", "mode": "read", "sha256": store.put(listed).sha256}
    (cause,) = restored(recorded(store, data=[entry]), into, store, None).missing
    assert "leads out of it" in cause["text"]
    assert [path.name for path in tmp_path.iterdir()] == ["into"]


def test_a_commit_cannot_write_through_its_links(
    store: nbtrack.MemoryStore, git: Git, repository: Path, into: Path, tmp_path: Path
) -> None:
    (tmp_path / "victim").mkdir()
    (repository / "data").symlink_to(tmp_path / "victim")
    git(repository, "add", "data")
    git(repository, "commit", "-q", "-m", "link")
    store.put(b"evil")
    run = recorded(store, code=code_of(store, repository), data=[read("data/x.csv", b"evil")])
    found = restored(run, into, store, repository)
    assert list((tmp_path / "victim").iterdir()) == []
    assert (into / "data/x.csv").read_bytes() == b"evil"
    assert found.missing == ()


def test_only_an_empty_folder_is_filled(store: nbtrack.MemoryStore, into: Path) -> None:
    write(into, "mine.txt", "")
    with pytest.raises(UsageError, match="is not empty"):
        restore_sources(recorded(store), None, into, store=store)


def test_the_working_directory_is_made_even_when_nothing_was_in_it(store: nbtrack.MemoryStore, into: Path) -> None:
    found = restored(recorded(store, code={"cwd": "work"}, notebook="/srv/a.ipynb"), into, store, None)
    assert found.folder == into / "work"
    assert found.folder.is_dir()


def test_of_very_many_things_the_first_are_told_and_how_many_more() -> None:
    told = Told()
    for number in range(1000):
        told.left(f"{number}.bin", "only its pointer is there")
    told.had("commit", "commit", "1 file")
    assert len(told.restored) == 302
    assert told.restored[300]["text"] == "700 more like the last of these"
