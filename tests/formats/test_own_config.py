"""The user's own configuration: where it is, over what, and when it is not to be trusted."""

import json
import os
import subprocess

import pytest

import offline

BINARY = os.environ["KCDAUDIT"]
DEMO = offline.FIXTURES / "demo"
GROUP = "[group mine]\nhosts=HV01;HV02\n"


def audit(*options, home=None, config=None, form="json"):
    env = {key: value for key, value in os.environ.items() if key not in ("HOME", "XDG_CONFIG_HOME")}
    env.update(LC_ALL="C.UTF-8", **({"HOME": str(home)} if home else {}), **({"XDG_CONFIG_HOME": str(config)} if config else {}))
    return subprocess.run([BINARY, "audit", "--ldif", "estate.ldif", "--no-history", "-f", form, *options], cwd=DEMO,
                          env=env, capture_output=True, text=True)


def own(place, text=GROUP):
    directory = place / "kcdaudit"
    directory.mkdir(parents=True, mode=0o755)
    file = directory / "kcdaudit.conf"
    file.write_text(text)
    file.chmod(0o644)
    return file


def groups(done):
    return [group["name"] for group in json.loads(done.stdout)["groups"]]


def read(done):
    return json.loads(done.stdout)["run"]["configuration"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_as_editors_of_windows_save_it(tmp_path, encoding):
    file = tmp_path / "kcdaudit.conf"
    file.write_bytes(("; a note\n" + GROUP + ";hosts=HV03\n").replace("\n", "\r\n").encode(encoding))
    done = audit("-c", file)
    assert groups(done) == ["mine"], done.stderr


@pytest.mark.parametrize("data, words", [
    (GROUP.encode("utf-16-le"), "contains a NUL byte"), (GROUP.encode("utf-16")[:-1], "starts as UTF-16 and is not"),
    (b"# mine\nhosts=HV01;HV02\n", ":2: a key before the first [section]"),
    (b"# mine\nhosts\n", ":2: neither [section]"), (b"[group mine]\n=x\n", ":2: neither [section]"),
])
def test_what_is_wrong_is_said(tmp_path, data, words):
    file = tmp_path / "kcdaudit.conf"
    file.write_bytes(data)
    done = audit("-c", file)
    assert done.returncode == 2 and not done.stdout and len(done.stderr.splitlines()) == 1 and words in done.stderr


def test_below_home_or_where_xdg_says(tmp_path):
    file, other = own(tmp_path / "home/.config"), own(tmp_path / "xdg", GROUP.replace("mine", "other"))
    for options, path, name in (({"home": tmp_path / "home"}, file, "mine"), ({"config": tmp_path / "xdg"}, other, "other"),
                                ({"home": tmp_path / "home", "config": tmp_path / "xdg"}, other, "other"),
                                ({"home": tmp_path / "home", "config": "relative"}, file, "mine")):
        done = audit(**options)
        assert groups(done) == [name] and read(done)[-1] == str(path) and not done.stderr


def test_reports_name_it(tmp_path):
    file = own(tmp_path)
    text = audit(config=tmp_path, form="text").stdout
    assert "Configuration" in text and str(file) in text
    assert str(file) in audit(config=tmp_path, form="html").stdout


def test_another_takes_its_place(tmp_path):
    own(tmp_path / "own", "[group broken\n")
    given = tmp_path / "given.conf"
    given.write_text(GROUP.replace("mine", "given"))
    done = audit("-c", str(given), config=tmp_path / "own")
    assert groups(done) == ["given"] and read(done) == [str(given)]
    assert read(audit("-c", os.devnull, config=tmp_path / "own")) == []


def test_what_is_wrong_with_it_is_said(tmp_path):
    file = own(tmp_path, "[group g]\nhots=HV01\n")
    done = audit(config=tmp_path)
    assert done.returncode == 2 and "%s:2: " % file in done.stderr
    assert audit(home=tmp_path / "nowhere").returncode in (0, 1, 3)
    assert audit().returncode in (0, 1, 3)


@pytest.mark.parametrize("what, mode", [("file", 0o666), ("directory", 0o777)])
def test_one_that_others_may_write_is_refused(tmp_path, what, mode):
    file = own(tmp_path)
    (file if what == "file" else file.parent).chmod(mode)
    done = audit(config=tmp_path)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert "others may write" in done.stderr and str(file) in done.stderr
    assert audit("-c", str(file), config=tmp_path).returncode == 2, "named or not"


@pytest.mark.parametrize("what", ["file", "directory", "link"])
def test_root_does_not_read_another_users(tmp_path, what):
    if os.geteuid() != 0:
        pytest.skip("SKIPPED LOUDLY: only root can give a file to another user")
    file = own(tmp_path)
    if what == "link":
        elsewhere = tmp_path / "elsewhere.conf"
        elsewhere.write_text(GROUP)
        file.unlink()
        file.symlink_to(elsewhere)
        os.chown(file.parent, 65534, 65534)
    else:
        os.chown(file if what == "file" else file.parent, 65534, 65534)
    done = audit(config=tmp_path)
    assert read(done) in ([], ["/etc/kcdaudit/kcdaudit.conf"]) and "mine" not in groups(done)
    assert "%s is not read: it belongs to another user" % file in done.stderr
