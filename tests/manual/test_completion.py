"""Completion, as the shells themselves do it: what is typed, and what stands there after the key."""
import re

import pytest

import shells

SHELLS = ["bash", "bash with bash-completion", "zsh", "fish"]

SEVERITIES = ["critical", "error", "info", "warning"]
FORMATS = ["csv", "html", "json", "jsonl", "junit", "nagios", "prometheus", "sarif", "text"]


@pytest.fixture(scope="module", params=SHELLS)
def shell(request, build, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "estate.ldif").touch()
    (home / "a folder").mkdir()
    (home / "fixes").mkdir()
    place = build / "completion"
    if request.param == "zsh":
        made = shells.zsh(place / "_kcdaudit", home)
    elif request.param == "fish":
        made = shells.Fish(place / "kcdaudit.fish", home)
    else:
        made = shells.bash(place / "kcdaudit.bash", home, "with" in request.param)
    made.name = request.param
    yield made
    made.close()


def folded(words):
    """Sorted, a directory with or without its slash."""
    return sorted(word.rstrip("/") for word in words)


@pytest.mark.parametrize("line, words", [
    ("kcdaudit au", ["audit"]),
    ("kcdaudit sn", ["snapshot"]),
    ("kcdaudit audit --fai", ["--fail-on"]),
    ("kcdaudit audit --fail-on ", SEVERITIES),
    ("kcdaudit audit --no-tickets --fail-on cr", ["critical"]),
    ("kcdaudit audit --color ", ["always", "auto", "never"]),
    ("kcdaudit audit --mech G", ["GSS-SPNEGO", "GSSAPI"]),
    ("kcdaudit audit -f ", FORMATS),
    ("kcdaudit check -f ", ["json", "text"]),
    ("kcdaudit audit -f html:e", ["html:estate.ldif"]),
    ("kcdaudit audit -f text -f json:est", ["json:estate.ldif"]),
    ("kcdaudit audit --format=html:es", ["--format=html:estate.ldif"]),
    ("kcdaudit audit --fail-on=cr", ["--fail-on=critical"]),
    ("kcdaudit audit --ldif e", ["estate.ldif"]),
    ("kcdaudit audit --ldif estate.ldif --ldif a", ["a folder"]),
    ("kcdaudit audit --fixes f", ["fixes"]),
    ("kcdaudit audit --fixes e", ["e"]),  # no directory begins so
    ("kcdaudit audit --ldif a", ["a folder"]),
    ("kcdaudit rules DEL-0", ["DEL-0%d" % n for n in range(1, 10)]),
    ("kcdaudit rules -f json DEL-1", ["DEL-10", "DEL-11", "DEL-12", "DEL-13", "DEL-14", "DEL-15", "DEL-16"]),
    ("kcdaudit spn ", ["duplicates", "list", "query"]),
    ("kcdaudit spn -D contoso.com qu", ["query"]),
    ("kcdaudit spn --forest dup", ["duplicates"]),
    ("kcdaudit diagnose 0x8009030", ["0x8009030D", "0x8009030E"]),
    ("kcdaudit diagnose SEC_E_NO_C", ["SEC_E_NO_CREDENTIALS"]),
    ("kcdaudit diagnose 2150", ["21501", "21502"]),
    ("kcdaudit help di", ["diagnose", "diff"]),
    ("kcdaudit ticket --no-t", ["--no-t"]),  # not an option of this command
    ("kcdaudit spn list HV", ["HV"]),  # an account: nobody is asked
    ("kcdaudit check HV01 HV", ["HV"]),
])
def test_line(shell, tables, line, words):
    if re.fullmatch(r"kcdaudit diagnose \d\w+", line):
        begun = line.split()[-1]
        known, words = words, sorted(choice for choice in tables.choices["diagnose"] if choice.startswith(begun))
        assert set(known) <= set(words)
    if shell.name == "zsh" and words == ["e"]:
        words = ["estate.ldif"]  # zsh falls back to files where no directory begins so
    assert folded(shell.complete(line)) == sorted(words)


def test_commands(shell, tables):
    offered = [word for word in shell.complete("kcdaudit ") if not word.startswith("-")]
    assert sorted(offered) == sorted(tables.commands)


def test_every_option_of_every_command(shell, tables):
    for command in tables.commands:
        offered = {word.rstrip("=") for word in shell.complete("kcdaudit %s --" % command)}
        if offered == {"--"}:
            offered = set()
        # Where there is one candidate alone, it is put into the line.
        assert offered == {"--" + name for name in tables.options[command]}, command


def test_every_choice(shell, tables):
    for command in ("rules", "help", "spn"):
        assert folded(shell.complete("kcdaudit %s " % command)) == sorted(tables.choices[command]), command


def test_fish_describes(build, tmp_path):
    fish = shells.Fish(build / "completion" / "kcdaudit.fish", tmp_path)
    assert "cifs" in fish.described("kcdaudit rules DEL-01")["DEL-01"]
    assert "KDC" in fish.described("kcdaudit audit --no-t")["--no-tickets"]
    assert fish.described("kcdaudit diagnose 0x8009030E")["0x8009030E"] == "SEC_E_NO_CREDENTIALS"


def test_nothing_is_run(build):
    """Static text: no candidate comes from running the program, and none from the network."""
    for file in ("kcdaudit.bash", "_kcdaudit", "kcdaudit.fish"):
        text = (build / "completion" / file).read_text()
        for line in text.splitlines():
            assert "$(kcdaudit" not in line and "(kcdaudit" not in line and "`kcdaudit" not in line, line
            assert not any(word in line.split() for word in ("_hosts", "__fish_print_hostnames", "getent")), line
