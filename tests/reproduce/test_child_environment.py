"""A replay gets a short list of variables, so that no secret is among them."""

from pathlib import Path

from nbtrack.reproduce.child_environment import child_environment

MINE = {
    "PATH": "/usr/bin",
    "LANG": "C.UTF-8",
    "LC_ALL": "C",
    "HOME": "/home/me",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "HF_TOKEN": "secret",
    "MY_PASSWORD": "secret",
    "PYTHONSTARTUP": "/home/me/start.py",
    "SSL_CERT_FILE": "/etc/ssl/cert.pem",
    "https_proxy": "http://proxy:3128",
    "HTTP_PROXY": "http://me:secret@proxy:3128",
}


def made(recorded: dict[str, str], *, network: bool = True) -> dict[str, str]:
    where = {"home": Path("/w/home"), "temporary": Path("/w/tmp"), "store": Path("/w/store")}
    return child_environment(MINE, recorded, **where, path=[Path("/w/modules"), Path("/w/lib")], network=network)


def test_no_secret_is_passed_on() -> None:
    assert "secret" not in str(made({}))
    assert "PYTHONSTARTUP" not in made({})


def test_places_are_the_replays_own() -> None:
    found = made({})
    assert (found["HOME"], found["TMPDIR"], found["NBTRACK_STORE"]) == ("/w/home", "/w/tmp", "/w/store")
    assert found["PYTHONPATH"] == "/w/modules:/w/lib"


def test_recorded_variables_that_change_numbers_are_set_again() -> None:
    found = made({"OMP_NUM_THREADS": "3", "PYTHONHASHSEED": "0", "LC_ALL": "de_DE.UTF-8", "SLURM_JOB_ID": "7"})
    assert (found["OMP_NUM_THREADS"], found["PYTHONHASHSEED"], found["LC_ALL"]) == ("3", "0", "de_DE.UTF-8")
    assert "SLURM_JOB_ID" not in found


def test_certificates_and_proxies_are_for_the_network_alone() -> None:
    assert made({})["SSL_CERT_FILE"] == "/etc/ssl/cert.pem"
    assert made({})["https_proxy"] == "http://proxy:3128"
    assert not {"SSL_CERT_FILE", "https_proxy"} & made({}, network=False).keys()


def test_a_token_in_place_of_a_name_is_not_passed_on(tmp_path: Path) -> None:
    mine = {"https_proxy": "http://t0ken@proxy:80", "http_proxy": "http://proxy:80"}
    found = child_environment(mine, {}, home=tmp_path, temporary=tmp_path, store=tmp_path)
    assert "https_proxy" not in found
    assert found["http_proxy"] == "http://proxy:80"
