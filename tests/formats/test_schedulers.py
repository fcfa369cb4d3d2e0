"""What starts shards: manifests for Kubernetes, Slurm's scripts, Ansible's play.

No cluster is here; Slurm and Ansible themselves run in tests/engines. The manifests are held against the members that Kubernetes' API reference has for batch/v1 (1.33) in
the places that they use, so that a misspelled one is found; what is said to kcdaudit in them is run. Slurm's scripts are
run as Slurm would run them: a task after the other, with its environment.
"""

import json
import os
import re
import subprocess

import pytest
import yaml

import offline
import shards
from patience import PATIENCE_S

DATA = offline.ROOT / "data"

# kubernetes.io, API reference, batch/v1 and core/v1: member -> what is in it; None: a value.
META = {"name": None, "namespace": None, "labels": {"*": None}, "annotations": {"*": None}}
CONTAINER = {"name": None, "image": None, "command": None, "args": None,
             "securityContext": {"allowPrivilegeEscalation": None, "readOnlyRootFilesystem": None, "capabilities": {"drop": None, "add": None}},
             "resources": {"requests": {"cpu": None, "memory": None}, "limits": {"cpu": None, "memory": None}},
             "volumeMounts": {"name": None, "mountPath": None, "subPath": None, "readOnly": None}}
POD = {"restartPolicy": None, "automountServiceAccountToken": None, "containers": CONTAINER,
       "securityContext": {"runAsNonRoot": None, "runAsUser": None, "runAsGroup": None, "fsGroup": None, "seccompProfile": {"type": None}},
       "volumes": {"name": None, "persistentVolumeClaim": {"claimName": None}, "secret": {"secretName": None, "defaultMode": None},
                   "configMap": {"name": None}}}
JOB = {"completionMode": None, "completions": None, "parallelism": None, "backoffLimit": None, "backoffLimitPerIndex": None,
       "activeDeadlineSeconds": None, "ttlSecondsAfterFinished": None,
       "podFailurePolicy": {"rules": {"action": None, "onExitCodes": {"containerName": None, "operator": None, "values": None}}},
       "template": {"metadata": META, "spec": POD}}
CRON = {"schedule": None, "timeZone": None, "concurrencyPolicy": None, "startingDeadlineSeconds": None,
        "successfulJobsHistoryLimit": None, "failedJobsHistoryLimit": None, "jobTemplate": {"metadata": META, "spec": JOB}}
KINDS = {kind: {"apiVersion": None, "kind": None, "metadata": META, "spec": spec} for kind, spec in (("Job", JOB), ("CronJob", CRON))}


def strangers(value, known, where=""):
    """Members that the reference does not have."""
    if known is None:
        return []
    if isinstance(value, list):
        return [found for i, element in enumerate(value) for found in strangers(element, known, "%s[%d]" % (where, i))]
    if not isinstance(value, dict):
        return [where]
    return [found for key, member in value.items() for found in
            ([where + "." + key] if key not in known and "*" not in known else
             strangers(member, known.get(key, known.get("*")), where + "." + key))]


def manifests():
    found = {}
    for path in sorted((DATA / "kubernetes").glob("*.yaml")):
        for manifest in yaml.safe_load_all(path.read_text()):
            found["%s/%s" % (path.name, manifest["metadata"]["name"])] = manifest
    return found


def job_of(manifest):
    return manifest["spec"] if manifest["kind"] == "Job" else manifest["spec"]["jobTemplate"]["spec"]


def test_there_is_an_indexed_job_and_what_runs_every_night():
    assert {(m["kind"], name) for name, m in manifests().items()} == {
        ("Job", "indexed-job.yaml/kcdaudit-shards"), ("CronJob", "cronjobs.yaml/kcdaudit-snapshot"),
        ("CronJob", "cronjobs.yaml/kcdaudit-shards"), ("CronJob", "cronjobs.yaml/kcdaudit-merge")}


@pytest.mark.parametrize("name", manifests())
def test_the_members_are_those_of_the_api(name):
    manifest = manifests()[name]
    assert manifest["apiVersion"] == "batch/v1"
    assert strangers(manifest, KINDS[manifest["kind"]]) == []
    wrong = dict(manifest, spec=dict(manifest["spec"], completionModes="Indexed"))
    assert strangers(wrong, KINDS[manifest["kind"]]) == [".spec.completionModes"]
    if manifest["kind"] == "CronJob":
        assert re.fullmatch(r"(\d+|\*)( (\d+|\*)){4}", manifest["spec"]["schedule"])


@pytest.mark.parametrize("name", manifests())
def test_a_job_is_sound(name):
    """What the API server refuses or what would not run, and what a cluster with Pod Security "restricted" refuses."""
    job = job_of(manifests()[name])
    pod = job["template"]["spec"]
    container, = pod["containers"]
    assert pod["restartPolicy"] == "Never"  # podFailurePolicy wants it
    assert {rule["onExitCodes"]["containerName"] for rule in job["podFailurePolicy"]["rules"]} == {container["name"]}
    assert 0 not in job["podFailurePolicy"]["rules"][0]["onExitCodes"]["values"]
    assert {m["name"] for m in container["volumeMounts"]} == {v["name"] for v in pod["volumes"]}
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                            "capabilities": {"drop": ["ALL"]}}
    said = " ".join(container["args"])
    assert len(container["args"]) > 1 or container["command"] == ["/bin/sh", "-euc"]
    indexed = job.get("completionMode") == "Indexed"
    assert indexed == ("--shard" in said)
    if indexed:  # backoffLimitPerIndex wants Indexed
        assert re.findall(r"auto/(\d+)", said) == [str(job["completions"])] and job["parallelism"] <= job["completions"]
        assert job["backoffLimitPerIndex"] > 0


def at_home(text, directory):
    return text.replace("/work", str(directory))


def without_credentials(words):
    """The words of a command line but --keytab and --principal: there is no KDC."""
    kept, skip = [], False
    for word in words:
        skip, was = word in ("--keytab", "--principal"), skip
        if not was and not skip and not word.startswith(("--keytab=", "--principal=")):
            kept.append(word)
    return kept


@pytest.fixture
def place(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "kcdaudit").symlink_to(offline.KCDAUDIT)
    made = shards.Place(tmp_path, offline.DEMO)
    made.env.update(PATH="%s:%s" % (tmp_path / "bin", os.environ["PATH"]), XDG_CONFIG_HOME=str(tmp_path))
    return made


def run(place, argv, **env):
    return subprocess.run(argv, env=dict(place.env, **env), capture_output=True, text=True, timeout=PATIENCE_S)


def whole(place, path):
    """The report of one run of the same snapshot."""
    done = run(place, ["kcdaudit", "audit", "--ldif", path, "--no-history", "-f", "json"])
    return {**json.loads(done.stdout), "run": None}, done.returncode


def test_the_indexed_job_runs(place):
    job = job_of(manifests()["indexed-job.yaml/kcdaudit-shards"])
    container, = job["template"]["spec"]["containers"]
    work = place.directory
    (work / "estate.ldif").write_bytes((offline.DEMO / "estate.ldif").read_bytes())
    words = without_credentials(at_home(word, work) for word in container["args"])
    for index in range(job["completions"]):
        done = run(place, ["kcdaudit", *words, "--no-tickets"], JOB_COMPLETION_INDEX=str(index))
        assert done.returncode == 0, done.stderr
    done = run(place, ["kcdaudit", "merge", "--run-id", "once", "--ldif", work / "estate.ldif", "--no-history", "-f", "json", work / "shards"])
    assert ({**json.loads(done.stdout), "run": None}, done.returncode) == whole(place, work / "estate.ldif")


def test_the_night_of_a_cluster_runs(place):
    found = manifests()
    work = place.directory
    said = {kind: at_home(job_of(found["cronjobs.yaml/kcdaudit-" + kind])["template"]["spec"]["containers"][0]["args"][0], work)
            for kind in ("snapshot", "shards", "merge")}
    night = subprocess.run(["date", "-u", "+%F"], capture_output=True, text=True, check=True).stdout.strip()
    said = {kind: text.replace("$(date -u +%F)", night) for kind, text in said.items()}  # it may be midnight
    done = run(place, ["/bin/sh", "-euc", said["snapshot"].replace("exec kcdaudit", "exec echo")])
    assert done.returncode == 0 and "snapshot -D contoso.com" in done.stdout, done.stderr
    (work / night / "estate.ldif").write_bytes((offline.DEMO / "estate.ldif").read_bytes())
    shard = re.sub(r"--keytab \S+ --principal \S+", "--no-tickets", said["shards"])
    for index in range(8):
        done = run(place, ["/bin/sh", "-euc", shard], JOB_COMPLETION_INDEX=str(index))
        assert done.returncode == 0, done.stderr
    done = run(place, ["/bin/sh", "-euc", said["merge"]])
    report, status = whole(place, work / night / "estate.ldif")
    merged = json.loads((work / night / "report.json").read_text())
    assert done.returncode == status and merged["summary"] == report["summary"]
    assert (work / "history.sqlite").exists()


def test_the_scripts_of_slurm_run(place):
    slurm = DATA / "slurm"
    work = place.directory
    (work / "night").mkdir()
    (work / "night" / "estate.ldif").write_bytes((offline.DEMO / "estate.ldif").read_bytes())
    script = (slurm / "shards.sbatch").read_text()
    first, last = map(int, re.search(r"^#SBATCH --array=(\d+)-(\d+)$", script, re.M).groups())
    told = {"RUN": "night", "WORK": str(work), "SLURM_ARRAY_TASK_COUNT": str(last - first + 1), "SLURM_ARRAY_TASK_MIN": str(first)}
    tasks = range(first, last + 1)
    for task in tasks:
        done = run(place, [slurm / "shards.sbatch", "--no-tickets"], SLURM_ARRAY_TASK_ID=str(task), **told)
        assert done.returncode == 0, done.stderr
    assert len(list((work / "night" / "shards").iterdir())) == len(tasks)
    done = run(place, [slurm / "merge.sbatch"], **told)
    report, status = whole(place, work / "night" / "estate.ldif")
    merged = json.loads((work / "night" / "report.json").read_text())
    assert done.returncode == status and merged["summary"] == report["summary"]
    (work / "night" / "shards" / "shard-3-of-8.json").unlink()
    run(place, [slurm / "merge.sbatch"], **told)
    gaps = json.loads((work / "night" / "report.json").read_text())["run"]["gaps"]
    assert [gap["what"] for gap in gaps if "did not return" in gap["why"]] == ["shard 3 of 8 (numbered from 0)"]


def test_the_scripts_of_slurm_say_what_they_need(place):
    for script in ("shards.sbatch", "merge.sbatch", "night.sh"):
        done = run(place, [DATA / "slurm" / script])
        assert done.returncode != 0 and ("RUN" in done.stderr or "DOMAIN" in done.stderr)


def test_the_scripts_pass_shellcheck():
    found = subprocess.run(["shellcheck", *sorted((DATA / "slurm").iterdir())], capture_output=True, text=True, timeout=PATIENCE_S)
    assert found.stdout == "" and found.returncode == 0


def commands_of(tasks):
    for task in tasks:
        if "ansible.builtin.command" in task:
            yield task["ansible.builtin.command"]["argv"]
        yield from commands_of(task.get("block", []) + task.get("rescue", []) + task.get("always", []))


def test_the_play_of_ansible():
    """Three plays: once here, on all machines, once here; every module by its full name; options that kcdaudit has. tests/engines plays it."""
    plays = yaml.safe_load((DATA / "ansible" / "kcdaudit-shards.yml").read_text())
    assert [play["hosts"] for play in plays] == ["localhost", "kcdaudit", "localhost"]
    keywords = {"name", "register", "failed_when", "changed_when", "when", "block", "rescue", "always"}
    for play in plays:
        assert set(play) <= {"name", "hosts", "connection", "gather_facts", "ignore_unreachable", "vars", "tasks"}
        for task in play["tasks"] + play["tasks"][0].get("block", []):
            module = set(task) - keywords
            assert "block" in task or (len(module) == 1 and module.pop().startswith("ansible.builtin.")), task
    argvs = [argv for play in plays for argv in commands_of(play["tasks"])]
    commands = [re.match(r"\{\{ \['kcdaudit', '(\w+)'", argv)[1] for argv in argvs]
    assert commands == ["snapshot", "audit", "merge"]
    for command, argv in zip(commands, argvs):
        helped = subprocess.run([offline.KCDAUDIT, "help", command], capture_output=True, text=True, timeout=PATIENCE_S).stdout
        for option in re.findall(r"'--([a-z-]+)", argv):
            assert "--%s " % option in helped or "--%s\n" % option in helped or "--%s  " % option in helped, option
