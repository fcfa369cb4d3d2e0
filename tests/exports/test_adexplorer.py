"""A snapshot of AD Explorer is read whole or refused: the same domain as LDIF gives the same report."""

import datetime
import json
import os
import pathlib
import random
import re
import subprocess

import pytest
from adexplorer import snapshot

HERE = pathlib.Path(__file__).parent
BINARY = os.environ["KCDAUDIT"]
FIXTURES = sorted(path.parent for path in (HERE.parents[1] / "fixtures").glob("*/estate.ldif"))
# What only an LDIF file can hold: parts of values, whole snapshots by kcdaudit, what ldapsearch had asked for.
OTHER = re.compile(r";range=|^# requesting|^# kcdaudit|^[A-Za-z-]*:<|^result:|^[0-9.]+:", re.M)
EPOCH_1601 = 11644473600


def audit(file, fixture=None, form="json"):
    configuration = fixture / "kcdaudit.conf" if fixture and (fixture / "kcdaudit.conf").exists() else os.devnull
    return subprocess.run([BINARY, "audit", "--ldif", file, "-f", form, "-c", configuration, "--no-history", "--all-pairs"],
                          capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))


def without_root(text):
    return re.sub(r"(?ms)^dn: *\n.*?(?:\n\n|\Z)", "", text, count=1)


def filetime(found):
    """Saved a quarter of an hour after the newest change: of a file without a rootDSE nothing is called young (DOM-04)."""
    time = found["run"]["source"].get("data_time") or found["run"].get("data_time")
    moment = datetime.datetime.fromisoformat(time.replace("Z", "+00:00")) + datetime.timedelta(minutes=15)
    return int((moment.timestamp() + EPOCH_1601) * 10_000_000)


def told(done):
    found = json.loads(done.stdout)
    return found, {key: value for key, value in found.items() if key != "run"}, [
        (gap["what"], gap["why"].replace("estate.ldif", "FILE").replace("estate.dat", "FILE")) for gap in found["run"]["gaps"]]


@pytest.mark.parametrize("fixture", FIXTURES[::6], ids=lambda path: path.name)
def test_the_same_report(fixture, tmp_path):
    text = (fixture / "estate.ldif").read_text()
    if OTHER.search(text):
        text = (FIXTURES[0] / "estate.ldif").read_text()
    plain, file = tmp_path / "estate.ldif", tmp_path / "estate.dat"
    plain.write_text(without_root(text))
    left = audit(plain, fixture)
    if left.returncode not in (0, 1, 3):
        pytest.fail(left.stderr)
    found, report, gaps = told(left)
    file.write_bytes(snapshot(text, filetime(found)))
    right = audit(file, fixture)
    assert right.returncode == left.returncode, right.stderr
    other, again, seen = told(right)
    assert json.dumps(again).replace(str(file), str(plain)) == json.dumps(report)
    assert [(what, why.replace(str(file), str(plain))) for what, why in seen] == gaps
    assert other["run"]["source"]["kind"] == "adexplorer"


def test_cut_or_damaged_it_is_refused(tmp_path):
    whole = snapshot((FIXTURES[0] / "estate.ldif").read_text())
    file = tmp_path / "estate.dat"
    drawn = random.Random(5)
    for length in [11, 100, 1085, 1086, len(whole) // 2, len(whole) - 40, *drawn.sample(range(1100, len(whole) - 1), 20)]:
        file.write_bytes(whole[:length])
        done = audit(file)
        assert done.returncode == 4 and "AD Explorer snapshot does not parse at byte" in done.stderr, length
        assert "ldifde" in done.stderr and not done.stdout
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(4):
            damaged[drawn.randrange(1062, len(damaged))] = drawn.randrange(256)
        file.write_bytes(damaged)
        assert audit(file).returncode in (0, 1, 3, 4)


def test_what_the_header_does_not_count_is_not_left_out(tmp_path):
    whole = bytearray(snapshot((FIXTURES[0] / "estate.ldif").read_text()))
    file = tmp_path / "estate.dat"
    for count in (1, int.from_bytes(whole[1062:1066], "little") - 1):
        whole[1062:1066] = count.to_bytes(4, "little")
        file.write_bytes(whole)
        done = audit(file)
        assert done.returncode == 4 and "more objects than the header says" in done.stderr, count


def test_a_stub_behind_the_objects_is_usual(tmp_path):
    """As AD Explorer writes one: a DN alone, that the header does not count."""
    whole = bytearray(snapshot((FIXTURES[0] / "estate.ldif").read_text() + "\ndn: DC=Stub\n"))
    whole[1062:1066] = (int.from_bytes(whole[1062:1066], "little") - 1).to_bytes(4, "little")
    file = tmp_path / "estate.dat"
    file.write_bytes(whole)
    assert audit(file).returncode in (0, 1, 3)


def test_joined_snapshots_are_refused(tmp_path):
    whole = snapshot((FIXTURES[0] / "estate.ldif").read_text())
    file = tmp_path / "estate.dat"
    file.write_bytes(whole + whole)
    done = audit(file)
    assert done.returncode == 4 and "two AD Explorer snapshots were joined" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_small_file_is_no_large_domain(tmp_path):
    """Many objects that share one long value cost what the file is worth, and end with one line."""
    text = "\n\n".join([f"dn: CN=U{number},DC=contoso,DC=test\nobjectClass: user" for number in range(4000)]
                       + ["dn: DC=contoso,DC=test\nobjectClass: domainDNS\ndescription: " + "x" * 50000])
    whole = bytearray(snapshot(text))
    long, user = "x".encode("utf-16-le") * 50, "user".encode("utf-16-le") + b"\0\0"
    end = whole.index(long)
    for match in re.finditer(re.escape(user), bytes(whole[:end])):
        value = match.start() - 8
        whole[value + 4:value + 8] = (end - value).to_bytes(4, "little")
    file = tmp_path / "estate.dat"
    file.write_bytes(whole)
    done = audit(file)
    assert done.returncode == 4 and "larger than any domain's" in done.stderr


def parted(text):
    """The domain, and the rest: as two files."""
    records = [r for r in without_root(text).split("\n\n") if r.strip()]
    ours = [r for r in records if "CN=Configuration," not in r.split("\n")[0]]
    return ["\n\n".join(part) + "\n" for part in (ours, [r for r in records if r not in ours])]


@pytest.mark.parametrize("fixture", FIXTURES[1::40], ids=lambda path: path.name)
def test_the_same_report_of_two_files_of_either_kind(fixture, tmp_path):
    text = (fixture / "estate.ldif").read_text()
    if OTHER.search(text):
        text = (FIXTURES[0] / "estate.ldif").read_text()
    domain, rest = parted(text)
    (tmp_path / "a.ldif").write_text(domain)
    (tmp_path / "b.ldif").write_text(rest)
    moment = filetime(told(both(tmp_path, "a.ldif", "b.ldif", fixture))[0])
    (tmp_path / "a.dat").write_bytes(snapshot(domain, moment))
    (tmp_path / "b.dat").write_bytes(snapshot(rest, moment))
    seen, kinds = set(), []
    for files in (("a.ldif", "b.ldif"), ("a.dat", "b.dat"), ("b.dat", "a.dat"), ("b.ldif", "a.dat"), ("a.dat", "b.ldif")):
        found, report, gaps = told(both(tmp_path, *files, fixture))
        told_of = json.dumps([report, sorted(gaps)]).replace(", ".join(files), "FILES")
        seen.add(re.sub(r" in ([ab])\.(ldif|dat)", r" in \1", told_of))
        kinds.append([source["kind"] for source in found["run"]["sources"]])
    assert len(seen) == 1
    assert kinds == [["ldif"], ["adexplorer", "adexplorer"], ["adexplorer", "adexplorer"], ["ldif", "adexplorer"],
                     ["adexplorer", "ldif"]]


def both(place, first, second, fixture):
    configuration = fixture / "kcdaudit.conf" if (fixture / "kcdaudit.conf").exists() else os.devnull
    done = subprocess.run([BINARY, "audit", "--ldif", first, "--ldif", second, "-f", "json", "-c", configuration, "--no-history",
                           "--all-pairs"], cwd=place, capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))
    assert done.returncode in (0, 1, 3), done.stderr
    return done
