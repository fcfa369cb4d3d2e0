"""What to do first: the steps taken one by one on a live DC, and what is ready after each, counted by a whole audit."""

import pytest

from harness import ADMINISTRATOR, DEMO, Lab, config, json_audit, modify_as_system
from test_fixes import build_slips, ldapmodify


def take(lab, report, step, tmp_path):
    """Runs the fixes of a step as an administrator would, one after the other."""
    fixes = {fix["id"]: fix for fix in report["fixes"]}
    for number, name in enumerate(step["fixes"]):
        path = tmp_path / f"{number}.ldif"
        path.write_text(fixes[name]["commands"]["ldif"])
        if fixes[name]["kind"] == "rbcd":
            modify_as_system(lab, path.read_text())  # Samba's own rule: see fix.ldif
            continue
        done = ldapmodify(lab, path)
        assert done.returncode == 0, (step["id"], done.stderr)


def spn_verdicts(report):
    return {(edge["way"], edge["source"]["name"], spn["spn"].lower()): spn["verdict"]
            for edge in report["edges"] if not edge["id"].endswith("#missing") for spn in edge["spns"]}


def is_ready(edge, verdicts, by_id):
    """Of what a list names the owner may change, and with it the id; RBCD and unconstrained delegation keep theirs."""
    if edge["way"] != "kcd":
        return by_id.get(edge["id"].removesuffix("#missing")) == "ready"
    left = [verdicts[key] for spn in edge["spns"]
            if (key := ("kcd", edge["source"]["name"], spn["spn"].lower())) in verdicts]
    return bool(left) and set(left) == {"ready"}


def edges_ready(before, after):
    verdicts, by_id = spn_verdicts(after), {edge["id"]: edge["verdict"] for edge in after["edges"]}
    return sum(is_ready(edge, verdicts, by_id) for edge in before["edges"])


def assert_each_step_brings_what_it_says(lab, tmp_path, *options):
    """The report before, and its steps.  Those by hand are left out: here they turn nothing ready."""
    before = json_audit(lab, "--all-edges", *options).report
    steps = before["fix_first"]
    assert before["summary"]["causes"] == len(steps)
    ready = before["summary"]["ready"]
    for step in steps:
        if not step["fixes"]:
            assert step["pairs_after"] == ready, step["id"]
            continue
        take(lab, before, step, tmp_path)
        after = json_audit(lab, "--all-edges", *options).report
        assert after["summary"]["ready"] == step["pairs_after"], step["id"]
        assert edges_ready(before, after) == step["edges_after"], step["id"]
        ready = step["pairs_after"]
    return before, steps


def assert_greedy(before, steps):
    """No later step that needs nothing else brings more than the one that is next, nor is one named that is not there."""
    ready, names = before["summary"]["ready"], [step["id"] for step in steps]
    assert len(set(names)) == len(names)
    for number, step in enumerate(steps):
        assert set(step["needs"]) <= set(names[:number]), "what is needed comes before"
        assert set(step["fixes"]) <= {fix["id"] for fix in before["fixes"]}
        assert set(step["findings"]) <= {finding["id"] for finding in before["findings"]} and step["findings"]
        assert step["pairs_after"] >= ready
        ready = step["pairs_after"]


def test_every_step_of_the_demo_brings_what_it_says(tmp_path):
    with Lab(DEMO) as lab:
        before, steps = assert_each_step_brings_what_it_says(lab, tmp_path)
        assert_greedy(before, steps)
        assert steps[-1]["pairs_after"] == before["summary"]["pairs"]


@pytest.mark.parametrize("mode", ["either", "rbcd"])
def test_every_step_brings_what_it_says(tmp_path, mode):
    conf = config(tmp_path, f"[group slips]\nhosts=HV1?\nmode={mode}\n")
    with Lab(build_slips) as lab:
        before, steps = assert_each_step_brings_what_it_says(lab, tmp_path, "-c", conf, "--no-tickets")
        assert_greedy(before, steps)
        assert max(step["pairs_after"] for step in steps) == 30


# What only an administrator can do: done here as the step says

BY_HAND = {
    "ACC-01": "dn: {dn}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: {enabled}\n",
    "ACC-03": "dn: CN=Protected Users,CN=Users,DC=contoso,DC=test\nchangetype: modify\ndelete: member\nmember: {dn}\n",
    "ACC-06": "dn: {dn}\nchangetype: modify\nreplace: msDS-SupportedEncryptionTypes\nmsDS-SupportedEncryptionTypes: 28\n",
}


def build_by_hand(e):
    mesh = [f"HV2{number}" for number in range(1, 6)]
    for name in mesh:
        e.host(name, t2a4d=True, delegate_to=[other for other in mesh if other != name],
               **({"uac": 0x1002} if name == "HV22" else {}))
    e.member("Protected Users", "HV23")
    e.set("HV24", "msDS-SupportedEncryptionTypes", "4")
    e.user("audit")


def test_what_is_done_by_hand_brings_what_it_says(tmp_path):
    conf = config(tmp_path, "[group mesh]\nhosts=HV2?\n")
    with Lab(build_by_hand) as lab:
        options = ("-c", conf, "--no-tickets", "--all-edges")
        before = json_audit(lab, *options).report
        dns = {host["name"]: host["dn"] for host in before["hosts"]}
        steps = [step for step in before["fix_first"] if step["id"].split(":")[0] in BY_HAND]
        assert {step["id"] for step in steps} >= {"ACC-01:HV22", "ACC-03:HV23"}
        for step in before["fix_first"]:
            if step not in steps:
                continue
            record = BY_HAND[step["id"].split(":")[0]].format(dn=dns[step["subject"]], enabled=0x1000000 | 0x1000)
            path = tmp_path / "by-hand.ldif"
            path.write_text(record)
            done = ldapmodify(lab, path)
            assert done.returncode == 0, (step["id"], done.stderr)
            after = json_audit(lab, *options).report
            assert after["summary"]["ready"] == step["pairs_after"], step["id"]
            assert edges_ready(before, after) == step["edges_after"], step["id"]
        assert steps[-1]["pairs_after"] == 20
