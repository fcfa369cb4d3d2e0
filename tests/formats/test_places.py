"""What another user of this machine puts in the way: outputs, history, configuration and keys."""

import os
import pwd
import re
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import offline
from openly import tmp_path  # noqa: F401
from patience import PATIENCE_S

ESTATE = offline.DEMO / "estate.ldif"
OTHER = 65534
ATTACKED = 7777  # of the two users the one who audits; in no group of the other
USAGE, FINDINGS = 2, 1

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="THIS NEEDS ROOT: another user")


@pytest.fixture(params=["root", "user"])
def auditor(request, tmp_path):
    """Runs the program as root and as a user, in a folder of theirs; gives it to be attacked."""
    uid = 0 if request.param == "root" else ATTACKED
    place = tmp_path / "place"
    place.mkdir(mode=0o755)
    os.chown(place, uid, uid)
    estate = tmp_path / "estate.ldif"
    shutil.copy(ESTATE, estate)
    estate.chmod(0o644)

    def run(*options, command="audit", source=("--ldif", estate), config="/dev/null", **keywords):
        prefix = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"] if uid else []
        history = [] if "--history" in options or command != "audit" else ["--no-history"]
        configured = [] if config is None else ["-c", config]
        done = subprocess.run([*prefix, offline.KCDAUDIT, command, *source, *history, *configured, *map(str, options)], text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE_S, cwd=place, **keywords)
        if "failed to execute" in done.stderr:
            pytest.skip(f"THIS DID NOT RUN: {offline.KCDAUDIT} stands where nobody else may go")
        return done

    run.place, run.uid = place, uid
    return run


def given(path, uid=OTHER):
    os.chown(path, uid, uid, follow_symlinks=False)
    return path


def refused(done, *words):
    lines = done.stderr.splitlines()
    assert done.returncode in (USAGE, 4) and len(lines) == 1, done
    for word in words:
        assert str(word) in lines[0], (word, lines)


def outputs(path):
    return [["-f", f"json:{path}"], ["-f", "text", "-o", path], ["--history", path]]


@pytest.mark.parametrize("what", range(3))
def test_anothers_folder_file_pipe_and_links_get_nothing(auditor, what):
    place = auditor.place
    theirs = place / "theirs"
    theirs.mkdir()
    given(theirs)
    theirs.chmod(0o777)
    (place / "file").write_text("")
    os.mkfifo(place / "pipe", 0o666)
    (place / "device").symlink_to("/dev/zero")
    (place / "link").symlink_to(place / "elsewhere")
    for name in ("file", "pipe", "device", "link"):
        given(place / name)
        (place / name).chmod(0o666) if name in ("file", "pipe") else None
    for path in (theirs / "report", place / "file", place / "pipe", place / "device", place / "link"):
        done = auditor(*outputs(path)[what])
        refused(done, path)
    assert list(theirs.iterdir()) == [] and (place / "file").read_text() == "" and not (place / "elsewhere").exists()
    assert stat.S_ISFIFO((place / "pipe").stat().st_mode)


def test_fixes_are_not_written_where_others_could_exchange_them(auditor):
    fixes = auditor.place / "fixes"
    fixes.mkdir()
    given(fixes, auditor.uid)
    fixes.chmod(0o777)
    refused(auditor("--fixes", fixes), "others may write", "chmod go-w")
    assert list(fixes.iterdir()) == []
    (auditor.place / "link").symlink_to(fixes)
    given(auditor.place / "link")
    fixes.chmod(0o755)
    refused(auditor("--fixes", auditor.place / "link"), "the link ")
    assert list(fixes.iterdir()) == []
    assert auditor("--fixes", fixes).returncode == FINDINGS
    assert len(list(fixes.iterdir())) > 0


SWAPPER = """
import ctypes, os, sys
libc, place = ctypes.CDLL(None), sys.argv[1].encode()
os.setgid(int(sys.argv[2])), os.setuid(int(sys.argv[2]))
print("swapping", flush=True)
while True:
    for _ in range(1000):
        libc.renameat2(-100, place + b"/d", -100, place + b"/e", 2)  # RENAME_EXCHANGE
    if os.getppid() == 1:
        break
"""


# What each command that has -o is given; a snapshot and a ticket would be of nobody.
WRITES = {
    "check": ["--ldif", ESTATE, "HV01", "HV02"], "delegations": ["--ldif", ESTATE], "diagnose": ["0x8009030E"],
    "ticket": ["-D", "contoso.test", "cifs/x"], "spn": ["--ldif", ESTATE, "list", "HV01"], "snapshot": ["-H", "ldap://127.0.0.1"],
    "merge": ["--ldif", ESTATE, "--run-id", "x", "back"], "rules": [], "workloads": [], "history": ["--history", "kept"],
    "diff": ["--history", "kept"], "fleet": ["--history", "kept"],
}


def test_every_command_that_writes_is_known():
    names = re.findall(r"(?m)^  (\w+) +\S", offline.run("help").stdout.decode().partition("Topics:")[0])
    assert {name for name in names if b"--output" in offline.run("help", name).stdout} == {"audit", *WRITES}


@pytest.mark.parametrize("command", WRITES)
def test_anothers_place_gets_nothing_of_any_command(auditor, command):
    place = auditor.place
    back = place / "back"
    back.mkdir()
    given(back, auditor.uid)
    assert auditor("--history", "kept").returncode == FINDINGS
    assert auditor("--shard", "0/1", "--run-id", "x", "--no-tickets", "-o", "back/").returncode in (0, FINDINGS, 3)
    theirs = place / "theirs"
    theirs.mkdir(mode=0o777)
    theirs.chmod(0o777)
    given(theirs)
    (place / "file").write_text("")
    os.mkfifo(place / "pipe", 0o666)
    (place / "link").symlink_to(place / "elsewhere")
    for name in ("file", "pipe", "link"):
        given(place / name)
    for path in (theirs / "report", place / "file", place / "pipe", place / "link"):
        refused(auditor(*WRITES[command], "-o", path, command=command, source=(), config=None), path)
    assert list(theirs.iterdir()) == [] and (place / "file").read_text() == "" and not (place / "elsewhere").exists()


@pytest.mark.parametrize("what", range(3))
def test_nothing_is_exchanged_while_it_is_looked_at(auditor, what):
    """Between one look and the next the other's folder becomes his link to a good one, and a folder again."""
    good, shared = auditor.place / "good", auditor.place / "shared"
    good.mkdir(), shared.mkdir()
    given(good, auditor.uid), given(shared, 0)
    shared.chmod(0o1777)
    (shared / "d").mkdir()
    (shared / "d").chmod(0o777)
    (shared / "e").symlink_to(good)
    given(shared / "d"), given(shared / "e")
    swapper = subprocess.Popen([sys.executable, "-c", SWAPPER, shared, str(OTHER)], stdout=subprocess.PIPE, text=True)
    try:
        assert swapper.stdout.readline() == "swapping\n"
        for _ in range(4):
            done = auditor(*outputs(shared / "d/report")[what])
            refused(done, "belongs to another user")
    finally:
        swapper.kill()
        swapper.wait()
    assert list(good.iterdir()) == [] and [path for path in shared.rglob("*") if path.name not in ("d", "e")] == []


def test_in_a_sticky_folder_new_names_are_taken(auditor):
    shared = auditor.place / "shared"
    shared.mkdir()
    given(shared, 0)
    shared.chmod(0o1777)
    for options in outputs(shared / "new"):
        assert auditor(*options).returncode == FINDINGS
        (shared / "new").unlink()
    for name in ("new", "new-journal", "new-wal"):
        given_file = shared / name
        given_file.write_text("x" * 1000)
        given_file.chmod(0o666)
        given(given_file)
        refused(auditor("--history", shared / "new"), "belongs to another user")
        given_file.unlink()


def test_a_folder_above_may_be_no_others_either(auditor):
    above = auditor.place / "above"
    (above / "below").mkdir(parents=True)
    given(above / "below", auditor.uid)
    given(above, auditor.uid)
    above.chmod(0o777)
    for options in outputs(above / "below/report"):
        refused(auditor(*options), above, "others may write")


def test_metrics_for_everybody_may_lie_in_the_collectors_folder():
    """What needs the right to write there, as root has."""
    place = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    try:
        given(place)
        done = subprocess.run([offline.KCDAUDIT, "audit", "--ldif", ESTATE, "--no-history", "-c", "/dev/null", "-f",
                               f"prometheus:{place}/kcdaudit.prom"], capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode == FINDINGS, done
        os.unlink(place / "kcdaudit.prom")
        os.mkfifo(place / "kcdaudit.prom", 0o666)
        done = subprocess.run([offline.KCDAUDIT, "audit", "--ldif", ESTATE, "--no-history", "-c", "/dev/null", "-f",
                               f"prometheus:{place}/kcdaudit.prom"], capture_output=True, text=True, timeout=PATIENCE_S)
        refused(done, "it is a pipe")
    finally:
        shutil.rmtree(place)


SERVER = ["history", "--history", "postgresql:///kept"]
BY_CERTIFICATE = ["audit", "--mech", "EXTERNAL", "--no-history", "-H"]
# Variables, places below the home and parts of an address that name a file for a library, each with what reads it.
NAMED = {
    "KRB5_CONFIG": ["audit", "-H", "ldap://192.0.2.1", "--no-history"],
    "LDAPTLS_CERT": BY_CERTIFICATE, "LDAPTLS_KEY": BY_CERTIFICATE,
    "PGSERVICEFILE": ["history", "--history", "postgresql:///kept?service=kept"],
    "PGPASSFILE": SERVER, "PGSSLROOTCERT": SERVER, "PGSSLCERT": SERVER, "PGSSLKEY": SERVER,
    ".pgpass": SERVER, ".postgresql/root.crt": SERVER, ".postgresql/postgresql.key": SERVER,
    "passfile=": SERVER, "sslcrl=": SERVER,
}


def named(auditor, option, path, listener):
    """What reads a file that is named so, and the variables."""
    argv, env = [*NAMED[option]], {**os.environ, "HOME": str(auditor.place)}
    if option.startswith("LDAPTLS"):
        sound = auditor.place / "sound.pem"
        sound.write_text("")
        given(sound, auditor.uid)
        env.update(LDAPTLS_CERT=str(sound), LDAPTLS_KEY=str(sound))
        argv.append(f"ldaps://127.0.0.1:{listener.getsockname()[1]}")
    if option.startswith("."):
        (auditor.place / option).parent.mkdir(exist_ok=True)
        given((auditor.place / option).parent, auditor.uid)
        (auditor.place / option).symlink_to(path)
        given(auditor.place / option, auditor.uid)
    elif option.endswith("="):
        argv[-1] += f"?{option}{path}"
    else:
        env[option] = str(path)
    return auditor(*argv[1:], command=argv[0], source=(), config=None, env=env)


@pytest.mark.parametrize("how", ["owner", "mode", "folder", "pipe", "link"])
@pytest.mark.parametrize("option", ["-c", "--queries", "--facts", "--keytab", "--prove-keytab", "--ca-file", "--table", "--shards",
                                    *NAMED])
def test_inputs_that_decide_are_nobody_elses(auditor, option, how):
    """Pipes are refused and never waited for."""
    folder = auditor.place / "in"
    folder.mkdir()
    given(folder, auditor.uid)
    name = {"--queries": "hosts.ldap", "--table": "a.table", "--facts": "HV01.json", "--shards": "a.json"}.get(option, "input")
    path = folder / name
    path.write_text("")
    given(path, auditor.uid)
    if how == "owner":
        given(path)
    elif how == "mode":
        path.chmod(0o666)
    elif how == "folder":
        folder.chmod(0o777)
    elif how == "pipe":
        path.unlink()
        os.mkfifo(path)
        given(path, auditor.uid)
    else:
        path.rename(auditor.place / "target")
        path.symlink_to(auditor.place / "target")
        given(path)
    value = folder if option in ("--queries", "--table") else path
    words = {"owner": "belongs to another user", "mode": "others may write it", "folder": "others may write to the folder",
             "pipe": "it is a pipe", "link": "the link "}[how]
    live = ("-H", "ldap://192.0.2.1")
    if option in NAMED:
        with socket.create_server(("127.0.0.1", 0)) as listener:  # says nothing, and is asked nothing
            done = named(auditor, option, path, listener)
    elif option == "--shards":
        done = auditor("--run-id", "1", "--no-history", path, command="merge")
    elif option == "--prove-keytab":
        done = auditor("--prove-as", "alice", option, value, source=live)
    elif option == "--table":
        done = auditor("0x8009030E", option, value, command="diagnose", source=(), config=None)
    elif option == "-c":
        done = auditor(config=value)
    elif option == "--keytab":
        done = auditor(option, value, "--principal", "audit@CONTOSO.COM", source=live)
    else:
        done = auditor(option, value, source=live if option == "--ca-file" else ("--ldif", auditor.place.parent / "estate.ldif"))
    refused(done, words if option == "-c" or option.startswith(".") else path, words)


def test_a_file_beside_the_machines_own_is_looked_at_as_well(auditor):
    path = auditor.place / "krb5.conf"
    path.write_text("")
    given(path, auditor.uid)
    path.chmod(0o666)
    env = {**os.environ, "KRB5_CONFIG": f"{path}:/etc/krb5.conf:/usr/local/etc/krb5.conf"}
    refused(auditor("-H", "ldap://192.0.2.1", "--no-history", source=(), config=None, env=env), path, "others may write it")


def test_a_keytab_that_everybody_may_read_is_told(auditor):
    keytab = auditor.place / "keytab"
    keytab.write_bytes(b"\x05\x02")
    given(keytab, auditor.uid)
    keytab.chmod(0o644)
    options = ("--keytab", keytab, "--principal", "audit@CONTOSO.COM")
    told = auditor(*options, source=("-H", "ldap://192.0.2.1")).stderr
    assert "everybody on this machine may read it" in told and f"chmod 600 {keytab}" in told
    keytab.chmod(0o600)
    assert "may read it" not in auditor(*options, source=("-H", "ldap://192.0.2.1")).stderr


def test_what_the_caller_opened_is_written_and_read(tmp_path):
    """Process substitution and redirections."""
    script = f"""set -e
k() {{ '{offline.KCDAUDIT}' audit --no-history "$@" || [ $? = 1 ]; }}
k --ldif <(cat '{ESTATE}') -c <(echo) -f json:>(cat >substituted) -f csv -o /dev/stdout >redirected
k --ldif '{ESTATE}' -c /dev/null -f junit -o /dev/fd/3 3>third
k --ldif - -c /dev/null -f csv <'{ESTATE}' >again
k --ldif '{ESTATE}' -c /dev/null -f json -o /dev/null
wait
"""
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0 and done.stderr == "", done
    assert (tmp_path / "redirected").read_text().startswith("rule,") and "<testsuites" in (tmp_path / "third").read_text()
    assert (tmp_path / "again").read_text().startswith("rule,")


def test_a_named_pipe_as_data_is_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = subprocess.Popen(["sh", "-c", f"cat '{ESTATE}' >'{tmp_path}/pipe'"])
    done = offline.run("audit", "--ldif", tmp_path / "pipe", "--no-history", "-c", "/dev/null")
    writer.wait(PATIENCE_S)
    assert done.returncode == FINDINGS


def test_whoever_sudo_made_root_is_no_other(tmp_path):
    """Root by sudo writes into the folder of who became root, and into no other user's."""
    tmp_path.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    daemon = pwd.getpwnam("daemon").pw_uid
    given(home, daemon)
    argv = [offline.KCDAUDIT, "audit", "--ldif", ESTATE, "--no-history", "-c", "/dev/null", "-o", home / "report.txt"]
    for uid in ("65534", "0", "-1", "", f"{daemon} "):
        done = subprocess.run(argv, text=True, capture_output=True, env={**os.environ, "SUDO_UID": uid}, timeout=PATIENCE_S)
        refused(done, home)
    done = subprocess.run(argv, text=True, capture_output=True, env={**os.environ, "SUDO_UID": str(daemon)}, timeout=PATIENCE_S)
    assert done.returncode == FINDINGS and (home / "report.txt").stat().st_size > 0, done.stderr


def test_a_folder_from_outside_a_container_is_nobodys(tmp_path):
    """A user of the machine outside, whom a container does not know, is no other user in it."""
    tmp_path.chmod(0o755)
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    given(mounted, 54321)
    environment = {name: value for name, value in os.environ.items() if name != "SUDO_UID"}
    argv = [offline.KCDAUDIT, "audit", "--ldif", ESTATE, "--no-history", "-c", "/dev/null", "-o", mounted / "report.txt"]
    script = 'mount -t tmpfs none /run && : >/run/.containerenv && exec "$@"'
    inside = ["unshare", "-m", "sh", "-c", script, "sh"]
    done = subprocess.run([*inside, *argv], text=True, capture_output=True, env=environment, timeout=PATIENCE_S)
    assert done.returncode == FINDINGS and (mounted / "report.txt").stat().st_size > 0, done.stderr
    given(mounted, OTHER)
    refused(subprocess.run([*inside, *argv], text=True, capture_output=True, env=environment, timeout=PATIENCE_S), mounted)
