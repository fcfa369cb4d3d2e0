"""The manual pages against the program: what they name exists, what exists is named, what they show to type works."""
import collections
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest
from patience import PATIENCE_S

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ESTATE = ROOT / "fixtures" / "demo" / "estate.ldif"
WIDTH = 200  # wide enough that no example is broken


def pages(build):
    found = sorted((build / "man").glob("kcdaudit*.[15]"))
    assert found
    return found


def rendered(page):
    if not shutil.which("man"):
        pytest.skip("man is not installed: the pages were not rendered")
    env = dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH=str(WIDTH), MAN_KEEP_FORMATTING="", GROFF_NO_SGR="1")
    done = subprocess.run(["man", "-P", "cat", "-l", page], env=env, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    return re.sub(".\b", "", done.stdout)


def section(text, title):
    """The lines under a head, as far as the next one."""
    return re.search(r"^%s\n(.*?)(?=^\S)" % re.escape(title), text + "\nEND", re.S | re.M).group(1)


def squeezed(text):
    return " ".join(text.split())


def run(kcdaudit, *argv, env=None, cwd=None, stdin=None):
    done = subprocess.run([kcdaudit, *argv], env=dict(os.environ, **(env or {})), cwd=cwd, capture_output=True, text=True,
                          input=stdin or "", timeout=PATIENCE_S)
    assert done.returncode >= 0, done.stderr
    return done


# The pages as such


def test_every_command_has_a_page(build, tables):
    names = {page.name for page in pages(build)}
    assert names == {"kcdaudit.1", "kcdaudit.conf.5"} | {"kcdaudit-%s.1" % command for command in tables.commands}


def test_mandoc_has_nothing_to_say(build):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed")
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *pages(build)], capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.stdout + done.stderr == "" and done.returncode == 0


def test_groff_has_nothing_to_say(build):
    if not shutil.which("man"):
        pytest.skip("man is not installed")
    env = dict(os.environ, LC_ALL="C.UTF-8", MANROFFSEQ="", MANWIDTH="80")
    for page in pages(build):
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], env=env, capture_output=True,
                              timeout=PATIENCE_S)
        assert done.stderr == b"" and done.returncode == 0, page


def test_apropos_finds_them(build):
    if not shutil.which("lexgrog"):
        pytest.skip("lexgrog is not installed")
    for page in pages(build):
        done = subprocess.run(["lexgrog", page], capture_output=True, text=True, timeout=PATIENCE_S)
        name = page.name.rsplit(".", 1)[0]
        assert re.search(r': "%s - \w[^"]{15,}"' % re.escape(name), done.stdout), done.stdout


def test_nothing_of_the_build_is_in_them(build, tmp_path):
    """The same pages from another build, on another day."""
    date = re.search(r"^MANUAL_DATE := (\S+)$", (ROOT / "Makefile").read_text(), re.M).group(1)
    (tmp_path / "man").mkdir()
    subprocess.run([build / "manual" / "manual", "pages", date, ROOT / "data" / "man", tmp_path / "man"], check=True, timeout=PATIENCE_S)
    for page in pages(build):
        text = page.read_text()
        assert text == (tmp_path / "man" / page.name).read_text()
        assert re.search(r"^\.TH \S+ [15] %s " % date, text, re.M)
        assert str(ROOT) not in text and "@" not in re.sub(r"\w@CONTOSO|(alice|hv01)@contoso|USER@HOST", "", text)


def test_references_lead_somewhere(build):
    names = {page.name for page in pages(build)}
    for page in pages(build):
        for name, number in re.findall(r"\b(kcdaudit[\w.-]*)\((\d)\)", rendered(page), re.I):
            assert "%s.%s" % (name.lower(), number) in names, (page.name, name)


# Options


def tags(text):
    """{long option} of the OPTIONS section, where it is explained; a short one has its text beside it."""
    return set(re.findall(r"^ {7}(?:-\w(?: [\w\[\]:]+)?, )?--([a-z-]+)(?: [\w\[\]:/]+)?(?: [A-Z].*)?$", section(text, "OPTIONS"), re.M))


def test_options_agree(build, kcdaudit, tables):
    for command in tables.commands:
        offered = set(re.findall(r"^  (?:-\w, |    )--([a-z-]+)", run(kcdaudit, "help", command).stdout, re.M))
        assert offered == tables.options[command]
        assert tags(rendered(build / "man" / ("kcdaudit-%s.1" % command))) == offered, command


def test_no_page_names_an_option_that_does_not_exist(build, tables):
    known = set().union(*tables.options.values()) | {"version"}
    for page in pages(build):
        named = set(re.findall(r"(?<![\w-])--([a-z][a-z-]*)", rendered(page)))
        assert named <= known, (page.name, named - known)


def test_the_program_takes_every_option(kcdaudit, tables):
    """Each alone, before --help: parsed, and nothing done."""
    help_line = re.compile(r"^  (?:-(\w), |    )--([a-z-]+)( \S+)?", re.M)
    for command in tables.commands:
        for letter, name, argument in help_line.findall(run(kcdaudit, "help", command).stdout):
            for spelling in ["--" + name] + (["-" + letter] if letter else []):
                done = run(kcdaudit, command, spelling, *(["1"] if argument else []), "--help")
                assert done.returncode == 0 and done.stdout.startswith("usage: kcdaudit " + command), (command, spelling)


def test_help_is_the_same_either_way_and_80_columns_wide(kcdaudit, tables):
    for command in tables.commands:
        text = run(kcdaudit, "help", command).stdout
        assert run(kcdaudit, command, "--help").stdout == text == run(kcdaudit, command, "-h").stdout
        assert max(len(line) for line in text.splitlines()) <= 80
        assert "Exit status:" in text, command


def test_exit_statuses_agree(build, kcdaudit, tables):
    for command in tables.commands:
        text = run(kcdaudit, "help", command).stdout
        helped = re.findall(r"^  (\d)  (.*(?:\n     .*)*)", text.split("Exit status:\n")[1], re.M)
        page = section(rendered(build / "man" / ("kcdaudit-%s.1" % command)), "EXIT STATUS")
        paged = re.findall(r"^ {7}(\d) +(.*(?:\n {14}.*)*)", page, re.M)
        assert helped
        assert [(status, squeezed(what).lower() + ".") for status, what in helped] == \
            [(status, squeezed(what).lower()) for status, what in paged], command


@pytest.mark.parametrize("argv, meant", [
    (["audit", "--no-tikets"], "--no-tickets"),
    (["audit", "--fial-on=error"], "--fail-on"),
    (["spn", "--forrest", "duplicates"], "--forest"),
    (["audti"], "audit"),
    (["snap"], "snapshot"),
    (["help", "diagnoze"], "diagnose"),
])
def test_a_slip_is_understood(kcdaudit, argv, meant):
    done = run(kcdaudit, *argv)
    assert done.returncode == 2 and "(did you mean %s?)" % meant in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("argv", [["xyzzy"], ["help", "\x1b[31mx"], ["audit", "--xyzzy"], ["rules", "--fixes", "x"]])
def test_nonsense_is_not(kcdaudit, argv):
    done = run(kcdaudit, *argv)
    assert done.returncode == 2 and "did you mean" not in done.stderr and "\x1b" not in done.stderr
    assert "see: kcdaudit help" in done.stderr


# What else stands in tables


def test_every_rule_format_and_code_is_told(build, tables):
    rules = rendered(build / "man" / "kcdaudit-rules.1")
    for rule in tables.choices["rules"]:
        assert re.search(r"^ {7}%s " % rule, rules, re.M), rule
    audit = section(rendered(build / "man" / "kcdaudit-audit.1"), "FORMATS")
    assert set(re.findall(r"^ {7}(\w+)", audit, re.M)) == set(tables.formats)
    diagnose = rendered(build / "man" / "kcdaudit-diagnose.1")
    for code in tables.choices["diagnose"]:
        assert code in diagnose, code


def test_verdicts_and_changes_are_told(build):
    """As the program's own sources spell them."""
    verdict = (ROOT / "src" / "audit" / "verdict.c").read_text()
    words = re.findall(r'"(\w+)"', re.search(r"verdict_names\[VERDICT_COUNT\] = \{(.*?)\}", verdict, re.S).group(1))
    overview = rendered(build / "man" / "kcdaudit.1")
    assert len(words) == 4 and all(re.search(r"^ {7}%s\b" % word, overview, re.M) for word in words)
    past = (ROOT / "src" / "audit" / "past.c").read_text()
    changes = re.findall(r'"([\w-]+)"', re.search(r"change_names\[CHANGE_COUNT\] = \{(.*?)\}", past, re.S).group(1))
    diff = section(rendered(build / "man" / "kcdaudit-diff.1"), "DESCRIPTION")
    assert len(changes) == 13 and all(re.search(r"^ {7}(?:[\w-]+, )*%s\b" % word, diff, re.M) for word in changes)


# The configuration


def conf_page(build):
    return rendered(build / "man" / "kcdaudit.conf.5")


def audit_with(kcdaudit, config, tmp_path):
    path = tmp_path / "kcdaudit.conf"
    path.write_text(config)
    return run(kcdaudit, "audit", "-q", "--no-history", "-c", path, "--ldif", ESTATE)


def test_every_key_is_told_in_its_section(build, tables):
    text = conf_page(build)
    for name in ("directory", "group", "delegation", "operators", "waive"):
        head = re.search(r"^\[%s( NAME)?\]$" % name, text, re.M).group(0)
        told = set(re.findall(r"^ {7}(\w+)=", section(text, head), re.M))
        assert told == {key for where, key in tables.keys if where == name}, name


def test_every_word_of_the_page_is_taken(build, kcdaudit, tmp_path):
    words = re.findall(r"^ {7}(\w+)=([\w-]+(?: \| [\w-]+)+)$", conf_page(build), re.M)
    assert {key for key, _ in words} == {"mech", "mode", "protocol_transition", "names", "scope"}
    for key, values in words:
        for value in values.split(" | ") + ["xyzzy"]:
            line = "%s=%s\n" % (key, value)
            config = "[directory]\n%s[group g]\nhosts=HV01;HV02\n" % line if key in ("scope", "mech") else \
                "[delegation d]\nfrom=HV01\nto=*\n" + line if "as-written" in values else \
                "[group g]\nhosts=HV01;HV02\n" + line
            done = audit_with(kcdaudit, config, tmp_path)
            assert done.returncode == 2 if value == "xyzzy" else done.returncode in (0, 1, 3), (line, done.stderr)


def test_the_example_loads(build, kcdaudit, tmp_path):
    example = re.sub(r"^ +", "", section(conf_page(build), "EXAMPLE"), flags=re.M)
    assert {"[directory]", "[group prod]", "[operators]", "[waive legacy-file-server]"} <= set(example.splitlines())
    done = audit_with(kcdaudit, example, tmp_path)
    assert done.returncode in (0, 1, 3), done.stderr


def test_the_installed_configuration_loads_uncommented(kcdaudit, tmp_path):
    text = (ROOT / "data" / "kcdaudit.conf").read_text()
    lines = [line[1:] for line in text.splitlines() if re.match(r"#(\[|\w+=)", line)]
    assert len(lines) > 10
    done = audit_with(kcdaudit, "\n".join(lines) + "\n", tmp_path)
    assert done.returncode in (0, 1, 3), done.stderr
    assert audit_with(kcdaudit, text, tmp_path).returncode in (0, 1, 3)


def test_the_error_is_as_shown(build, kcdaudit, tmp_path):
    shown = re.search(r"kcdaudit: \S+kcdaudit.conf(:7: .*)", section(conf_page(build), "ERRORS")).group(1)
    done = audit_with(kcdaudit, "[group prod]\nhosts=HV01;HV02\n\n\n\n\nmode=kdc\n", tmp_path)
    assert done.returncode == 2 and done.stderr.endswith(shown.rstrip() + "\n")


# What they show to type


def examples(build):
    for page in pages(build):
        for line in rendered(page).splitlines():
            if re.match(r" {10,}kcdaudit [a-z]", line):
                yield page.name, line.strip()
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for block in re.findall(r"^ *```.*\n((?:.*\n)*?) *```$", page.read_text(), re.M):
            for line in re.findall(r"^ *(kcdaudit [a-z].*)", block, re.M):
                yield page.name, re.sub(r"  +#.*", "", line)
        # The table of errors.
        for line in re.findall(r"^\|.*\| `(kcdaudit diagnose [^`]*)` \|$", page.read_text(), re.M):
            yield page.name, line


@pytest.fixture(scope="module")
def desk(kcdaudit, tmp_path_factory):
    """A directory with the files that examples name, and two audits in the history."""
    place = tmp_path_factory.mktemp("desk")
    shutil.copytree(ROOT / "fixtures" / "facts-ready" / "facts", place / "facts")
    for name in ("estate.ldif", "before.ldif", "export.ldif"):
        shutil.copy(ESTATE, place / name)
    for name, part in (("domain.ldf", "05a-domain.ldf"), ("configuration.ldf", "05b-configuration.ldf")):
        shutil.copy(ROOT / "tests" / "exports" / part, place / name)
    (place / "kcdaudit.conf").write_text("[group prod]\nhosts=HV0*\n")
    (place / "event.txt").write_text("Event ID 21502 ... (0x8009030E)\n")
    (place / "ca.pem").touch()
    (place / "shards").mkdir()
    for number in range(3):
        assert run(kcdaudit, "audit", "--no-tickets", "--shard", "%d/3" % number, "--run-id", "monday", "--ldif", "estate.ldif", "-o", "shards",
                   cwd=place, env={"HOME": str(place)}).returncode == 0
    for name in ("audit.keytab", "hosts.keytab", "kcdaudit.keytab"):
        (place / name).write_bytes(b"\x05\x02")  # a keytab without keys
    (place / "krb5.conf").write_text("[libdefaults]\ndns_lookup_kdc = false\n")
    env = {"KRB5CCNAME": "FILE:%s" % (place / "none"), "KRB5_CONFIG": str(place / "krb5.conf"), "HOME": str(place),
           "XDG_STATE_HOME": str(place / "state"), "STATE_DIRECTORY": ""}
    for _ in range(2):
        assert run(kcdaudit, "audit", "-q", "-c", "/dev/null", "--ldif", "estate.ldif", cwd=place, env=env).returncode == 1
    return place, env


def test_examples_work(build, kcdaudit, desk):
    """Offline ones to the end; without a ticket, the others as far as the ticket that is missing."""
    place, env = desk
    seen = collections.Counter()
    for page, line in examples(build):
        line = line.split(" || ")[0].replace("/var/lib/kcdaudit", str(place / "state" / "kcdaudit"))
        line, _, stdin = line.partition(" <")
        argv = shlex.split(line)[1:]
        if ("--ldif" not in argv or "--shard" in argv) and argv[0] in (
                "audit", "check", "delegations", "snapshot", "spn", "diagnose", "ticket"):
            alone = argv[0] == "diagnose" and not {"--from", "HV01"} & set(argv)
            expected = [0] if alone else [4]
        else:
            expected = [0, 1, 3]
        done = run(kcdaudit, *argv, env=env, cwd=place, stdin=(place / stdin).read_text() if stdin else None)
        assert done.returncode in expected, (page, line, done.returncode, done.stderr)
        if expected == [4]:
            assert "no Kerberos ticket" in done.stderr or "holds no key" in done.stderr, (line, done.stderr)
        assert run(kcdaudit, *argv, "--help", env=env, cwd=place).returncode == 0
        seen[page] += 1
    assert sum(seen.values()) > 60 and seen["README.md"] > 20 and seen["audit-account.md"] > 0
