"""A replay writes to its own folder and nowhere else, whoever of its processes tries, and is told so in words."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nbtrack.reproduce import confine, landlock
from nbtrack.reproduce.confine import Confinement, confinement

CONFINED = """
import json, os, subprocess, sys
from pathlib import Path
from nbtrack.reproduce.confine import Confinement, enforce
kept = enforce(Confinement.read(json.loads(sys.argv[1])))
folder, other = Path(sys.argv[2]), Path(sys.argv[3])
os.chdir(folder)
"""
needs_landlock = pytest.mark.skipif(landlock.abi() == 0, reason="this kernel has no Landlock")


class World:
    """Two folders: the replay's own, and the person's."""

    def __init__(self, top: Path) -> None:
        self.own, self.theirs = top / "own", top / "theirs"
        self.own.mkdir()
        self.theirs.mkdir()
        (self.theirs / "precious.txt").write_text("precious")
        self.hidden: tuple[Path, ...] = ()
        self.network = True

    def run(self, code: str) -> "subprocess.CompletedProcess[str]":
        inside = {"writable": [str(self.own)], "hidden": list(map(str, self.hidden)), "network": self.network}
        arguments = [json.dumps(inside), str(self.own), str(self.theirs)]
        return subprocess.run(
            [sys.executable, "-c", CONFINED + code, *arguments], capture_output=True, text=True, timeout=60, check=False
        )

    def untouched(self) -> bool:
        left = {each.name: each.read_text() for each in self.theirs.iterdir()}
        return left == {"precious.txt": "precious"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_its_own_folder_is_free_to_it(world: World) -> None:
    done = world.run(
        "import shutil, tempfile, multiprocessing.shared_memory as m\n"
        "Path('a/b').mkdir(parents=True); Path('a/b/x').write_text('1'); os.rename('a', 'c'); shutil.rmtree('c')\n"
        "open(os.devnull, 'w').write('x'); s = m.SharedMemory(create=True, size=10); s.unlink()\n"
        "subprocess.run('echo hi > out.txt', shell=True, check=True); print(open(other / 'precious.txt').read())"
    )
    assert (done.stdout.strip(), done.returncode) == ("precious", 0), done.stderr
    assert (world.own / "out.txt").read_text() == "hi\n"


ATTEMPTS = (
    "open(other / 'new.txt', 'w')",
    "open(other / 'precious.txt', 'a')",
    "open(other / 'precious.txt', 'r+')",
    "os.open(other / 'new.txt', os.O_CREAT | os.O_WRONLY)",
    "os.remove(other / 'precious.txt')",
    "os.rename(other / 'precious.txt', 'mine')",
    "os.rename('x', other / 'x')",
    "os.mkdir(other / 'new')",
    "os.symlink('x', other / 'link')",
    "os.truncate(other / 'precious.txt', 0)",
    "os.chmod(other / 'precious.txt', 0)",
    "import shutil; shutil.rmtree(other)",
    "os.symlink(other, 'way'); open('way/new.txt', 'w')",
    "os.chdir(other); open('new.txt', 'w')",
)
COMMANDS = (
    "echo x > $OTHER/new.txt",
    "echo x >> $OTHER/precious.txt",
    "rm $OTHER/precious.txt",
    "mv $OTHER/precious.txt .",
)


def test_python_is_refused_in_words_that_say_what_to_do(world: World) -> None:
    done = world.run(
        f"Path('x').write_text('1')\nfor attempt in {ATTEMPTS!r}:\n"
        "    try: exec(attempt)\n    except PermissionError as refusal: print(attempt, '->', refusal)"
    )
    assert done.returncode == 0, done.stderr
    told = dict(line.split(" -> ") for line in done.stdout.splitlines())
    assert tuple(told) == ATTEMPTS
    for refusal in told.values():
        assert refusal.startswith("nbtrack reproduce: the program")
        assert "nothing was changed there" in refusal
    assert world.untouched()


@needs_landlock
def test_other_programs_are_refused_by_the_kernel(world: World) -> None:
    done = world.run(
        f"for command in {COMMANDS!r}:\n"
        "    done = subprocess.run(command, shell=True, env={**os.environ, 'OTHER': str(other)}, capture_output=True)\n"
        "    print(done.returncode != 0 and b'denied' in done.stderr)"
    )
    assert done.stdout.split() == ["True"] * len(COMMANDS), done.stderr
    assert world.untouched()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="this system has no /proc")
def test_the_variables_of_other_processes_are_refused(world: World) -> None:
    done = world.run("open('/proc/self/environ').close(); print('own'); open(f'/proc/{os.getppid()}/environ')")
    assert done.stdout == "own\n"
    assert "variables of another process" in done.stderr


def test_what_is_not_there_stays_the_systems_answer(world: World) -> None:
    done = world.run(
        "os.makedirs(other, exist_ok=True)\n"
        "try: os.remove(other / 'nothing')\nexcept FileNotFoundError: print('not found')"
    )
    assert done.stdout == "not found\n", done.stderr


def test_credentials_are_hidden_and_what_lies_beside_them_is_not(world: World) -> None:
    (world.theirs / ".ssh").mkdir()
    (world.theirs / ".ssh" / "id").write_text("key")
    world.hidden = (world.theirs / ".ssh",)
    done = world.run(
        "print(open(other / 'precious.txt').read())\nprint(os.listdir(other)); open(other / '.ssh' / 'id').read()"
    )
    assert done.stdout.startswith("precious")
    assert "where credentials are kept" in done.stderr
    if landlock.abi():
        other = world.run("subprocess.run(['cat', str(other / '.ssh' / 'id')])")
        assert "key" not in other.stdout
        assert "denied" in other.stderr.lower()


@pytest.mark.skipif(landlock.abi() < 4, reason="this kernel cannot keep a program from TCP")
def test_without_network_nothing_can_be_connected_to(world: World) -> None:
    world.network = False
    done = world.run("import socket; socket.create_connection(('127.0.0.1', 9), timeout=5)")
    assert "Permission" in done.stderr


def test_credentials_of_a_home_are_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".netrc").write_text("x")
    inside = confinement([tmp_path / "w"], [tmp_path])
    assert [each.name for each in inside.hidden] == [".ssh", ".netrc"]


def test_where_the_kernel_has_no_landlock_the_plan_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    assert "no Landlock" in confine.limits()[0]
    assert not landlock.restrict([Path("/nowhere")])


def test_devices_are_nobodys_files() -> None:
    inside = Confinement((Path("/w"),))
    assert inside.may_write("/dev/null")
    assert inside.may_write("/dev/shm/x")
    assert not inside.may_write("/etc/passwd")
    assert not inside.may_write("/w/../etc/passwd")
    assert not inside.may_write("/well")


def test_sockets_of_others_are_refused_in_words(tmp_path: Path) -> None:
    own, theirs = tmp_path / "own", tmp_path / "agent"
    own.mkdir()
    hear = confine._watch(Confinement((own,)))
    hear("socket.connect", (None, str(own / "s")))
    hear("socket.connect", (None, ("127.0.0.1", 80)))
    hear("socket.connect", (None, b"\0abstract"))
    with pytest.raises(PermissionError, match=r"connects to .*agent"):
        hear("socket.connect", (None, str(theirs)))


def test_the_keys_of_running_kernels_are_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, named = tmp_path / ".local/share/jupyter/runtime", tmp_path / "elsewhere"
    usual.mkdir(parents=True)
    named.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(named))
    inside = confinement([tmp_path / "w"], [tmp_path])
    assert not inside.may_read(str(usual / "kernel-1.json"))
    assert not inside.may_read(str(named / "kernel-1.json"))
