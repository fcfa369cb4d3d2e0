"""`make install` and `make uninstall`, and the units as they lie on disk."""

import configparser
import json
import re
import shutil
import subprocess

import pytest

from conftest import ROOT, make, run
from patience import PATIENCE_S

EXAMPLES = ROOT / "data/systemd/examples"
DROP_INS = sorted(path.stem for path in EXAMPLES.glob("*.conf"))
# What systemd-analyze says of the service (0 is nothing exposed, 10 everything); docs/scheduled.md tells the score.
EXPOSURE = 1.1


def files(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if not path.is_dir())


def test_everything_is_in_its_place(installed):
    there = files(installed)
    for name in ("usr/bin/kcdaudit", "usr/lib/systemd/system/kcdaudit.service", "usr/lib/systemd/system/kcdaudit.timer",
                 "etc/kcdaudit/kcdaudit.conf", "etc/default/kcdaudit", "usr/share/kcdaudit/kcdaudit.report.schema.json",
                 "usr/share/doc/kcdaudit/scheduled.md", "usr/share/doc/kcdaudit/rules/SPN-01.md",
                 "usr/share/man/man1/kcdaudit.1", "usr/share/man/man1/kcdaudit-audit.1",
                 "usr/share/man/man5/kcdaudit.conf.5", "usr/share/bash-completion/completions/kcdaudit",
                 "usr/share/zsh/site-functions/_kcdaudit", "usr/share/fish/vendor_completions.d/kcdaudit.fish",
                 "usr/share/kcdaudit/windows/Get-MigrationFacts.ps1", "usr/share/kcdaudit/kcdaudit.facts.schema.json",
                 "usr/share/doc/kcdaudit/facts.md"):
        assert name in there
    assert run(installed / "usr/bin/kcdaudit", "--version").startswith("kcdaudit ")


def test_uninstall_takes_everything_away_again(tmp_path):
    places = (f"DESTDIR={tmp_path}", "PREFIX=/usr")
    make("install", *places)
    assert files(tmp_path)
    make("uninstall", *places)
    assert files(tmp_path) == []


def test_a_changed_configuration_survives_both(tmp_path):
    places = (f"DESTDIR={tmp_path}", "PREFIX=/usr")
    configuration = tmp_path / "etc/kcdaudit/kcdaudit.conf"
    configuration.parent.mkdir(parents=True)
    configuration.write_text("[directory]\ndomain=contoso.com\n")
    make("install", *places)
    make("uninstall", *places)
    assert configuration.read_text() == "[directory]\ndomain=contoso.com\n"
    assert files(tmp_path) == ["etc/kcdaudit/kcdaudit.conf"]


def test_make_without_a_compiler_says_what_to_do(tmp_path):
    """One line, and never "gcc: not found"."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for program in ("sh", "make", "mkdir", "touch"):
        (tools / program).symlink_to(shutil.which(program))

    def attempt(*words):
        done = subprocess.run(["make", "-s", "-C", ROOT, f"B={tmp_path}/build", f"{tmp_path}/build/cli/main.o", *words],
                              env={"PATH": str(tools)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 2 and done.stdout == ""
        said, end = done.stderr.splitlines()
        assert end.startswith("make: *** ")
        return said

    assert attempt() == 'missing: gcc, pkg-config: run "make deps" first'
    for program in ("gcc", "pkg-config"):
        (tools / program).symlink_to(shutil.which(program))
    assert attempt("PKGS=glib-2.0 no-such-library") == 'missing: no-such-library: run "make deps" first'


# Configuration


def uncommented(text):
    """What an administrator gets who takes the # off every setting; a comment has a blank after it."""
    return re.sub(r"(?m)^#(?=\S)", "", text)


def test_the_example_configuration_is_valid_with_and_without_its_comments(installed, tmp_path):
    shipped = ROOT / "data/kcdaudit.conf"
    all_of_it = tmp_path / "kcdaudit.conf"
    all_of_it.write_text(uncommented(shipped.read_text()))
    assert "[waive " in all_of_it.read_text() and "hosts_member_of=" in all_of_it.read_text()
    def audit(configuration):
        done = subprocess.run([installed / "usr/bin/kcdaudit", "audit", "--ldif", ROOT / "fixtures/demo/estate.ldif",
                               "--no-history", "-f", "json", "-c", configuration],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert (done.returncode, done.stderr) == (1, "")
        return json.loads(done.stdout)

    assert {group["origin"] for group in audit(shipped)["groups"]} == {"inferred"}
    assert [group["name"] for group in audit(all_of_it)["groups"]] == ["prod"]


def test_the_service_s_settings_are_comments_alone_and_parse_without():
    text = (ROOT / "data/systemd/kcdaudit.default").read_text()
    assert not [line for line in text.splitlines() if line and not line.startswith("#")]
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string("[settings]\n" + "\n".join(
        line for line in uncommented(text).splitlines() if re.match(r"\w+=", line)))
    assert set(parser["settings"]) == {"kcdaudit_principal", "kcdaudit_args"}


# Units


@pytest.fixture
def units(installed, tmp_path):
    """A directory with the units as they were installed, for examples to be put in."""
    directory = tmp_path / "units"
    shutil.copytree(installed / "usr/lib/systemd/system", directory)
    return directory


def verified(directory):
    """What systemd-analyze has to say of the units here; manual pages of this installation are on no path of man."""
    names = sorted(path for path in directory.iterdir() if path.is_file())
    return subprocess.run(["systemd-analyze", "verify", "--man=no", *names], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{directory}:"})


def test_the_units_are_clean(units):
    done = verified(units)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_wrong_unit_would_be_found(units):
    """The test above can fail."""
    service = units / "kcdaudit.service"
    service.write_text(service.read_text().replace("ProtectHome=yes", "ProtectHome=perhaps"))
    assert "perhaps" in verified(units).stdout


@pytest.mark.parametrize("name", DROP_INS)
def test_the_examples_are_clean_beside_them(installed, units, name):
    examples = installed / "usr/share/doc/kcdaudit/examples"
    for service in examples.glob("*.service"):
        shutil.copy(service, units)
    drop_in = units / "kcdaudit.service.d"
    drop_in.mkdir()
    shutil.copy(examples / f"{name}.conf", drop_in)
    done = verified(units)
    assert (done.returncode, done.stdout) == (0, "")
    # Each says where it goes.
    assert f"# /etc/systemd/system/kcdaudit.service.d/{name}.conf" in (examples / f"{name}.conf").read_text()


def test_the_service_exposes_next_to_nothing(units):
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                           f"--threshold={round(EXPOSURE * 10)}", units / "kcdaudit.service"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    assert f"Overall exposure level for kcdaudit.service: {EXPOSURE}" in done.stdout
    assert f"**{EXPOSURE}**" in (ROOT / "docs/scheduled.md").read_text()


def metrics_command(state):
    """What root runs for textfile.conf, with the service's state elsewhere."""
    text = (EXAMPLES / "textfile.conf").read_text().replace("/var/lib/private/kcdaudit", str(state))
    return re.search(r"(?ms)^ExecStopPost=\+/bin/sh -ec '(.*)'$", text)[1].replace("\\\n", "")


def test_root_writes_the_metrics_through_no_link(tmp_path):
    """The directory may be node_exporter's own user's: what is planted there must not lead root anywhere."""
    state, directory, elsewhere = tmp_path / "state", tmp_path / "collector", tmp_path / "elsewhere"
    for each in (state, directory, elsewhere):
        each.mkdir()
    (state / "kcdaudit.prom").write_text("kcdaudit_complete 1\n")
    secret = elsewhere / "secret"
    secret.write_text("old")
    copy, fresh = directory / "kcdaudit.prom", directory / "kcdaudit.prom.new"
    for link, target in ((fresh, secret), (copy, secret), (copy, elsewhere), (fresh, directory / "not there")):
        link.symlink_to(target)
        subprocess.run(["/bin/sh", "-ec", metrics_command(state)], check=True, timeout=PATIENCE_S,
                       env={"PATH": "/usr/bin:/bin", "TEXTFILE_DIRECTORY": str(directory)})
        assert files(directory) == ["kcdaudit.prom"] and not copy.is_symlink()
        assert copy.read_text() == "kcdaudit_complete 1\n"
        assert secret.read_text() == "old" and files(elsewhere) == ["secret"]
        copy.unlink()


def test_the_timer_comes_once_a_night(units):
    text = (units / "kcdaudit.timer").read_text()
    calendar = re.search(r"(?m)^OnCalendar=(.*)$", text)[1]
    done = run("systemd-analyze", "calendar", "--iterations=3", "--base-time=2026-01-01 12:00:00", calendar)
    assert re.findall(r"20\d\d-\d\d-\d\d \d\d:\d\d", done)[:1] == ["2026-01-02 02:30"]
    assert "Persistent=true" in text and "RandomizedDelaySec=" in text
