"""data/slurm by Slurm itself, as its comments and docs/scale.md say: eight tasks, one that is killed, and it alone again."""

import json
import re

import pytest

import server
from harness import FINDINGS, INCOMPLETE, OK, ROOT
from offline import golden

SCRIPTS = ROOT / "data/slurm"
SHARDS = range(8)


def night(slurm, place, *options, **env):
    """Runs night.sh; returns the run's directory, its array and its merge."""
    work, here = place
    done = slurm.run([SCRIPTS / "night.sh", *options], {**here, **env})
    assert done.returncode == 0 and done.stderr == "", done
    said = re.fullmatch(r"run (\S+): array (\d+), then the merge, job (\d+); the report will be (\S+)\n", done.stdout)
    assert said and said[4] == str(work / said[1] / "report.html"), done.stdout
    return work / said[1], said[2], said[3]


def report_of(path):
    """Without DOM-04, which counts the minutes since a change."""
    report = json.loads((path / "report.json").read_text())
    return {**report, "run": None, "findings": [f for f in report["findings"] if f["rule"] != "DOM-04"]}


def timeless(value):
    """A report without how long its questions took, and without what its history tells."""
    if isinstance(value, dict):
        return {key: timeless(member) for key, member in value.items() if key not in ("ms", "since")}
    return [timeless(element) for element in value] if isinstance(value, list) else value


def without_run(text):
    """The text of a report, but for its run and what its history tells."""
    return re.sub(r'^  "run": \{.*?^  \},?$|"since": "[^"]*"', "", text.replace('"since": null', ""), flags=re.M | re.S)


def alone(slurm, place, path, *options):
    """The report of one shard of the same snapshot."""
    one = path / "one"
    done = slurm.run(["kcdaudit", "audit", "--shard", "0/1", "--run-id", path.name, "--ldif", path / "estate.ldif", "-o", f"{one}/",
                      *options], place[1])
    assert done.returncode == OK, done
    done = slurm.run(["kcdaudit", "merge", "--run-id", path.name, "--ldif", path / "estate.ldif", "--no-history",
                      "-f", f"json:{one}/report.json", one], place[1])
    assert done.returncode in (OK, FINDINGS), done
    return report_of(one)


def test_a_night(slurm, place):
    """With tickets of a real KDC."""
    path, array, merge = night(slurm, place)
    assert slurm.wait(array) == {task: ("COMPLETED", 0) for task in SHARDS}
    (state, status), = slurm.wait(merge).values()
    assert (state, status) in (("COMPLETED", OK), ("FAILED", FINDINGS))
    # Everything is there: nothing is in the directory of the scripts, which may be root's.
    assert {f.name for f in path.iterdir()} == {
        "estate.ldif", "shards", "report.html", "report.json", f"slurm-{merge}.out", *(f"slurm-{array}_{task}.out" for task in SHARDS)}
    assert all((path / f"slurm-{array}_{task}.out").read_text() == "" for task in SHARDS)
    report = report_of(path)
    assert any(t["result"] == "granted" for host in report["hosts"] for t in host["tickets"])
    assert timeless(report) == timeless(alone(slurm, place, path))
    assert (path.parent / "history.sqlite").exists()


def test_it_is_the_audit_of_one_run(slurm, place):
    """Without tickets: of the same snapshot, to the byte. And what is given for all three commands reaches all three."""
    options = ["--host", "HV01", "--host", "HV02", "-c", "/dev/null"]
    path, array, merge = night(slurm, place, *options, SHARDS="3", ASK="--no-tickets", RUN="tuesday")
    assert path.name == "tuesday" and set(slurm.wait(array)) == {0, 1, 2}
    assert slurm.wait(merge)
    done = slurm.run(["kcdaudit", "audit", "--ldif", path / "estate.ldif", "--no-history", "-f", "json", *options], place[1])
    one, several = (without_run(text) for text in (done.stdout, (path / "report.json").read_text()))
    assert one == several and len(one) > 1000 and '"HV02"' in one


def test_a_task_that_never_returns(slurm, place):
    """It is cancelled: the merge tells what it was to ask. Started again alone, by the lines of the script: the whole report."""
    work, env = place
    hold = work.parent / "hold"
    hold.write_text("--shard 3/8")
    path, array, merge = night(slurm, place)
    slurm.wait(array, lambda tasks: tasks[3][0] == "RUNNING" and all(tasks[t][0] == "COMPLETED" for t in SHARDS if t != 3))
    slurm.run(["scancel", f"{array}_3"], env)
    assert slurm.wait(array)[3][0] == "CANCELLED"
    assert list(slurm.wait(merge).values())[0] in (("FAILED", FINDINGS), ("FAILED", INCOMPLETE))
    gaps = {gap["what"]: gap["why"] for gap in json.loads((path / "report.json").read_text())["run"]["gaps"]}
    assert gaps["shard 3 of 8 (numbered from 0)"].startswith("did not return")
    assert [what for what, why in gaps.items() if why == "shard 3 of 8 did not return"]
    strict = slurm.run(["sbatch", "--parsable", SCRIPTS / "merge.sbatch", "--fail-on", "critical"],
                       {**env, "RUN": path.name}, path).stdout.strip()
    assert list(slurm.wait(strict).values()) == [("FAILED", INCOMPLETE)]

    hold.unlink()
    lines = again(path)
    done = slurm.run(["sh", "-euc", lines], env)
    assert done.returncode == 0, done
    last = re.findall(r"Submitted batch job (\d+)", done.stdout)[-1]
    assert list(slurm.wait(last).values())[0] in (("COMPLETED", OK), ("FAILED", FINDINGS))
    assert timeless(report_of(path)) == timeless(alone(slurm, place, path))


def again(path):
    """What shards.sbatch says of a task that did not return, of this run and by the scripts of this tree."""
    lines = re.findall(r"^#   (export RUN.*\n)#   (.*\n)#   (.*\n)", (SCRIPTS / "shards.sbatch").read_text(), re.M)[0]
    text = "".join(lines).replace("/usr/share/kcdaudit/slurm", str(SCRIPTS))
    return text.replace("RUN=2026-11-29T0100", f"RUN={path.name}").replace("WORK=/shared/kcdaudit", f"WORK={path.parent}")


@pytest.fixture
def store():
    if not server.IS_THERE:
        pytest.skip("NO SERVER KEPT THE AUDITS: postgresql is not installed (tools/deps.sh check)")
    postgres = server.Server()
    try:
        postgres.start()
        yield postgres.database()
    finally:
        postgres.end()


def domain_of(number):
    """An export of a domain of its own: a pair, and a few others."""
    estate = golden.Estate()
    estate.pair()
    for other in range(number % 4):
        estate.user("svc-%d" % other, servicePrincipalName=["HTTP/app%d.contoso.test" % other])
    text = estate.ldif("made for a test")
    for old, new in (("DC=contoso,DC=test", f"DC=d{number:02},DC=test"), ("contoso.test", f"d{number:02}.test")):
        text = text.replace(old, new)
    return text


def test_fifty_domains(slurm, place, store):
    """Eight tasks and a merge each, into one history: one is cancelled and started again, one never returns."""
    work, env = place
    held = {"d07": work.parent / "d07", "d33": work.parent / "d33"}
    for path in held.values():
        path.write_text("--shard 3/8")
    jobs = {}
    for name in (f"d{number:02}" for number in range(50)):
        path = work / name
        path.mkdir()
        (path / "estate.ldif").write_text(domain_of(int(name[1:])))
        told = {**env, "RUN": name, "HISTORY": store, "HOLD": str(held.get(name, "/nowhere"))}
        array = slurm.run(["sbatch", "--parsable", SCRIPTS / "shards.sbatch", "--no-tickets", "-c", "/dev/null"], told, path).stdout.strip()
        merge = ["sbatch", "--parsable", f"--dependency=afterany:{array}", SCRIPTS / "merge.sbatch", "-c", "/dev/null"]
        jobs[name] = told, array, slurm.run(merge, told, path).stdout.strip()
    for name in held:
        _, array, _ = jobs[name]
        slurm.wait(array, lambda tasks: tasks[3][0] == "RUNNING" and all(tasks[t][0] == "COMPLETED" for t in SHARDS if t != 3))
        slurm.run(["scancel", f"{array}_3"], env)
    ended = {name: list(slurm.wait(merge).values()) for name, (_, _, merge) in jobs.items()}
    assert {name for name, states in ended.items() if states == [("FAILED", INCOMPLETE)]} == set(held), ended
    assert all(states == [("COMPLETED", OK)] for name, states in ended.items() if name not in held)

    told, _, _ = jobs["d07"]
    lines = again(work / "d07").replace("shards.sbatch", "shards.sbatch --no-tickets -c /dev/null").replace("merge.sbatch", "merge.sbatch -c /dev/null")
    done = slurm.run(["sh", "-euc", lines], {**told, "HOLD": "/nowhere"})
    last = re.findall(r"Submitted batch job (\d+)", done.stdout)[-1]
    assert list(slurm.wait(last).values()) == [("COMPLETED", OK)]
    for name in jobs:
        done = slurm.run(["kcdaudit", "audit", "--ldif", work / name / "estate.ldif", "--no-history", "-c", "/dev/null", "-f", "json"], env)
        alike = without_run(done.stdout) == without_run((work / name / "report.json").read_text())
        assert alike == (name != "d33"), name
    fleet = json.loads(slurm.run(["kcdaudit", "fleet", "--history", store, "-f", "json"], env).stdout)
    assert sorted(run["scope"]["domain"] for run in fleet["scopes"]) == [f"{name}.test" for name in sorted(jobs)]
    assert fleet["summary"]["undetermined"] == 1 and fleet["scopes"][0]["scope"]["domain"] == "d33.test", fleet["summary"]


@pytest.mark.parametrize("array, options", [("8-9", []), ("0", ["--no-such-option"])])
def test_a_task_that_is_told_nonsense(slurm, place, array, options):
    """A line that says so, and a job that Slurm calls failed."""
    work, env = place
    (work / "x").mkdir()
    job = slurm.run(["sbatch", "--parsable", f"--array={array}", SCRIPTS / "shards.sbatch", *options], {**env, "RUN": "x"},
                    work / "x").stdout.strip()
    assert set(slurm.wait(job).values()) == {("FAILED", 2)}
    said = [path.read_text() for path in (work / "x").glob("slurm-*.out")]
    assert said and all(text.startswith("kcdaudit: ") and text.count("\n") == 1 for text in said)
