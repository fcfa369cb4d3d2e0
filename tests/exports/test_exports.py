"""Exports as administrators make them: what is in them is judged, what is not is said."""

import json
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
BINARY = os.environ["KCDAUDIT"]
TWO = ("--host", "HV01", "--host", "HV02")


def run(*argv, stdin=""):
    return subprocess.run([BINARY, *argv], cwd=HERE, capture_output=True, text=True, input=stdin,
                          env=dict(os.environ, LC_ALL="C.UTF-8"))


def given(files):
    """One file, or several in this order."""
    return [word for file in (files if isinstance(files, tuple) else (files,)) for word in ("--ldif", file)]


def audit(files, *more, form="json", stdin=""):
    return run("audit", *given(files), "-f", form, "-c", os.devnull, "--no-history", "--all-pairs", *more, stdin=stdin)


def report(files, *more, stdin=""):
    done = audit(files, *more, stdin=stdin)
    assert done.returncode in (0, 1, 3), done.stderr
    return json.loads(done.stdout)


def verdicts(found):
    return sorted(pair["verdict"] for pair in found["pairs"])


def gaps(found):
    return {gap["what"]: gap["why"] for gap in found["run"]["gaps"]}


DOMAIN, CONFIGURATION = "05a-domain.ldf", "05b-configuration.ldf"
SERVICES = "26-service-accounts.ldif"


@pytest.mark.parametrize("file", ["02-two-u-joined.ldf", "04-ctrl-z-at-end.ldf", "11-deleted-object.ldif",
                                  "13-sid-as-text.ldif", (DOMAIN, CONFIGURATION), (CONFIGURATION, DOMAIN)])
def test_read_whole(file):
    found = report(file)
    assert verdicts(found) == ["ready", "ready"] and not found["findings"]


# Several files, and standard input


def test_files_are_one_directory():
    """Findings, gaps and time do not depend on how the records were handed in."""
    domain, configuration = (HERE / DOMAIN).read_text(), (HERE / CONFIGURATION).read_text()
    ways = {
        "%s, %s" % (DOMAIN, CONFIGURATION): report((DOMAIN, CONFIGURATION)),
        "standard input": report("-", stdin=domain + "\n" + configuration),
        "%s, standard input" % CONFIGURATION: report((CONFIGURATION, "-"), stdin=domain),
    }
    seen = set()
    for names, found in ways.items():
        source = found["run"].pop("source")
        assert source["kind"] == "ldif" and source.pop("uri") == names
        found["run"] = {"source": source, "complete": found["run"]["complete"], "gaps": found["run"]["gaps"]}
        seen.add(json.dumps(found, sort_keys=True).replace(names, "NAMES"))
    assert len(seen) == 1


def test_each_part_alone_says_what_it_lacks():
    alone = gaps(report(DOMAIN))
    assert alone["sPNMappings"].startswith("not in %s: export CN=Directory Service," % DOMAIN)
    assert "%s does not hold CN=Partitions" % DOMAIN in alone["owners of SPNs in the rest of the forest"]
    several = (DOMAIN, "11-deleted-object.ldif")
    done = audit(CONFIGURATION)
    assert done.returncode == 4 and CONFIGURATION in done.stderr and len(done.stderr.splitlines()) == 1
    assert report(several)["run"]["source"]["uri"] == ", ".join(several)


def test_every_file_is_named(tmp_path):
    text = audit((DOMAIN, CONFIGURATION), form="text").stdout
    assert "offline from %s, %s" % (DOMAIN, CONFIGURATION) in " ".join(text.split())
    page = audit((str(HERE / DOMAIN), CONFIGURATION), form="html").stdout
    assert "<dd>%s, %s</dd>" % (DOMAIN, CONFIGURATION) in page


@pytest.mark.parametrize("command", [
    ["check", "HV01", "HV02", "-c", os.devnull], ["diagnose", "0x8009030E", "--from", "HV01", "--to", "HV02", "-c", os.devnull],
    ["spn", "list", "HV02"], ["audit", "-q", "--no-history", "-c", os.devnull],
])
def test_every_command_takes_several(command):
    done = run(*command, *given((CONFIGURATION, DOMAIN)))
    piped = run(*command, *given(("-", DOMAIN)), stdin=(HERE / CONFIGURATION).read_text())
    assert done.returncode in (0, 3) and not done.stderr and piped.returncode == done.returncode
    assert piped.stdout.split() == done.stdout.replace(CONFIGURATION, "standard input").split()


def test_messages_name_the_file_and_its_line(tmp_path):
    broken = tmp_path / "broken.ldf"
    broken.write_text("dn: CN=A,DC=contoso,DC=test\nobjectClass: top\nno colon\n")
    done = audit((DOMAIN, str(broken)))
    assert done.returncode == 4 and "%s:3: a line that is not" % broken in done.stderr
    done = audit((DOMAIN, "-"), stdin=broken.read_text())
    assert done.returncode == 4 and "standard input:3: a line that is not" in done.stderr
    cut = tmp_path / "cut.ldf"
    cut.write_text((HERE / CONFIGURATION).read_text().rstrip("\n"))
    assert "cut short" in gaps(report((DOMAIN, str(cut))))[str(cut)]


def one_line(done):
    lines = done.stderr.splitlines()
    assert done.returncode in (2, 4) and not done.stdout and len(lines) == 1, done.stderr
    return lines[0]


def test_a_file_twice_or_none(tmp_path):
    link = tmp_path / "link.ldf"
    link.symlink_to(HERE / DOMAIN)
    assert "%s is given twice" % DOMAIN in one_line(audit((DOMAIN, CONFIGURATION, DOMAIN)))
    assert "%s and ./%s are the same file" % (DOMAIN, DOMAIN) in one_line(audit((DOMAIN, "./" + DOMAIN)))
    assert "are the same file" in one_line(audit((DOMAIN, str(link))))
    assert "standard input is given twice" in one_line(audit(("-", "-")))
    assert "cannot read none.ldf: No such file" in one_line(audit((DOMAIN, "none.ldf")))
    assert "cannot read ." in one_line(audit((DOMAIN, ".")))
    assert "standard input: is empty" in one_line(audit((DOMAIN, "-")))
    both = ["diagnose", "-", "--from", "HV01", "--to", "HV02", *given((DOMAIN, "-"))]
    assert "cannot both come from standard input" in one_line(run(*both))


def test_a_snapshot_goes_alone(tmp_path):
    snapshot = tmp_path / "estate.ldif"
    snapshot.write_text("# kcdaudit snapshot: 1\n# read whole: entries\n\n" + (HERE / DOMAIN).read_text())
    assert report(str(snapshot))["run"]["source"]["uri"] == str(snapshot)
    for files in ((str(snapshot), CONFIGURATION), (CONFIGURATION, str(snapshot))):
        said = one_line(audit(files))
        assert "%s is a snapshot by kcdaudit" % snapshot in said and "without other files" in said


# What decides


def test_a_source_whose_groups_are_in_doubt():
    """A denial of one group that cannot be read decides one way, and leaves the other open."""
    done = run("audit", "--ldif", "15-rbcd-false-ready.ldif", "-f", "json", "-c", "15-16.conf", "--no-history", "--all-pairs")
    assert verdicts(json.loads(done.stdout)) == ["broken", "unknown"]


def test_a_conditional_denial_of_somebody_else():
    found = report("17-callback-deny-of-another.ldif", *TWO)
    assert found["summary"]["ready"] == 1 and found["summary"]["pairs"] == 2


def test_joined_by_copy_with_marks_of_utf8(tmp_path):
    """`copy /b` keeps each file's byte order mark, also that of UTF-8."""
    text = (HERE / "13-sid-as-text.ldif").read_bytes()
    head, tail = text.split(b"\n\n", 2)[0:2], text.split(b"\n\n", 2)[2]
    joined = tmp_path / "joined.ldif"
    joined.write_bytes(b"\xef\xbb\xbf" + b"\n\n".join(head) + b"\n\n\xef\xbb\xbf" + tail)
    assert verdicts(report(joined)) == ["ready", "ready"]


@pytest.mark.parametrize("file, attribute", [
    ("08-l-without-delegation-list.ldf", "msDS-AllowedToDelegateTo"),
    ("10-l-spn-and-name-only.ldf", "userAccountControl"),
    ("10-l-spn-and-name-only.ldf", "objectClass"),
])
def test_what_was_not_exported_is_not_empty(file, attribute):
    found = report(file, *TWO)
    assert verdicts(found) == ["unknown", "unknown"]
    assert gaps(found)[attribute] == "not exported: add it to ldifde -l"
    assert not [f["id"] for f in found["findings"] if f["status"] == "fail"]
    text = audit(file, *TWO, form="text").stdout
    assert "no right" not in text
    told = [f["detail"] for f in found["findings"]] + [r for p in found["pairs"] for s in p["services"].values()
                                                       for r in s["reasons"]]
    assert not [t for t in told if "could not be read" in t or "an account that may, then" in t]


def test_one_reason_is_told_once():
    """Attributes that were not exported stand in one line, however many there are."""
    found = report("10-l-spn-and-name-only.ldf", *TWO)
    missing = [w for w, why in gaps(found).items() if why == "not exported: add it to ldifde -l"]
    text = " ".join(audit("10-l-spn-and-name-only.ldf", *TWO, form="text").stdout.split())
    assert len(missing) > 2 and text.count("not exported: add it to ldifde -l") == 1
    assert "objectClass, objectSid" in text


@pytest.mark.parametrize("time, age", [("20260101120000.0Z", "days old"), (None, None)])
def test_the_report_says_how_old_its_data_is(tmp_path, time, age):
    text = (HERE / "13-sid-as-text.ldif").read_text()
    text = re.sub(r"(?m)^(pwdLastSet|lastLogonTimestamp|whenChanged):.*\n", "", text)
    text = re.sub(r"(?m)^currentTime:.*\n", "currentTime: %s\n" % time if time else "", text)
    file = tmp_path / "export.ldif"
    file.write_text(text)
    data = report(file)["run"]["source"]["data_time"]
    said = audit(file, form="text").stdout.split("\n\n")[0]
    page = audit(file, form="html").stdout
    if time:
        assert data == "2026-01-01T12:00:00Z"
        assert re.search(r"data of 2026-01-01 12:00 UTC, \d+ days old", said)
        assert re.search(r"2026-01-01 12:00 UTC, \d+ days old", page)
    else:
        assert data is None and "data of an unknown date" in said


def test_a_short_answer_says_why_it_is_not_complete():
    done = run("check", "HV01", "HV02", "-q", "-c", os.devnull, *given((DOMAIN, CONFIGURATION)))
    assert done.returncode == 3 and "READY" in done.stdout and "not read: " in done.stdout, done
    done = run("check", "HV01", "HV02", "-q", "-c", os.devnull, "--operator", "nobody", "--ldif", HERE.parents[1] / "fixtures/ready/estate.ldif")
    assert done.returncode == 3 and "not read: operator nobody: no such user" in " ".join(done.stdout.split()), done


def test_no_forest_without_partitions(tmp_path):
    """Another domain may hold the same SPN: without CN=Partitions nobody knows which domains there are."""
    records = (HERE / "13-sid-as-text.ldif").read_text().split("\n\n")
    file = tmp_path / "domain.ldif"
    file.write_text("\n\n".join(r for r in records if "CN=Partitions" not in r))
    found = report(file)
    assert verdicts(found) == ["unknown", "unknown"] and not found["run"]["complete"]
    assert "CN=Partitions" in gaps(found)["owners of SPNs in the rest of the forest"]


@pytest.mark.parametrize("attribute", ["servicePrincipalName", "dNSHostName", "objectSid", "primaryGroupID",
                                       "userAccountControl", "msDS-SupportedEncryptionTypes"])
def test_what_every_domain_has_was_not_exported_where_nobody_has_it(tmp_path, attribute):
    """`ldifde -l` with nearly everything: a host without SPNs is a finding, a file without SPNs is none."""
    text = (HERE / "13-sid-as-text.ldif").read_text()
    assert "\npwdLastSet: " in text and "\n " not in text
    file = tmp_path / "list.ldif"
    file.write_text(re.sub(rf"(?m)^{attribute}: .*\n", "", text))
    found = report(file, *TWO)
    assert verdicts(found) == ["unknown", "unknown"]
    assert gaps(found)[attribute] == "not exported: add it to ldifde -l"
    assert not [f["id"] for f in found["findings"] if f["status"] == "fail" and f["severity"] == "error"]


def test_a_list_that_nobody_has_may_be_hidden():
    """The file cannot tell; what a usual value would not overturn stays decided."""
    found = report("13-sid-as-text.ldif")
    why = gaps(found)["msDS-AllowedToActOnBehalfOfOtherIdentity"]
    assert "is on no account of this export" in why and not found["run"]["complete"]


def test_ages_are_those_of_the_data(tmp_path):
    """An export of ten years ago without the rootDSE: its hosts were alive on its own last day."""
    text = re.sub(r"(?m)^(pwdLastSet|lastLogonTimestamp): (\d+)",
                  lambda m: "%s: %d" % (m[1], int(m[2]) - 10 * 365 * 86400 * 10**7),
                  (HERE / "13-sid-as-text.ldif").read_text())
    text = re.sub(r"(?m)^whenChanged: \d{4}", "whenChanged: 2016", text)
    file = tmp_path / "no-root.ldif"
    file.write_text("\n\n".join(r for r in text.split("\n\n") if "currentTime" not in r))
    found = report(file)
    assert verdicts(found) == ["ready", "ready"]
    assert "ACC-04" not in {f["rule"] for f in found["findings"]}


@pytest.mark.parametrize("file, name", [
    ("20-csvde.csv", "csvde"), ("21-get-adcomputer.json", "JSON"), ("23-get-adcomputer-fl.txt", "Get-ADComputer"),
    ("24-setspn-L.txt", "setspn -L"), ("25-adexplorer-head.dat", "AD Explorer"),
])
def test_other_formats_are_refused_by_name(file, name):
    done = audit(file)
    lines = done.stderr.splitlines()
    assert done.returncode == 4 and not done.stdout and len(lines) == 1
    assert file in lines[0] and name in lines[0] and "ldifde" in lines[0]


# Words


WRONG = re.compile(r"(?:could|can|may) not (?:all )?be read|no right to read|an account that may|the reader\b|not readable", re.I)
EXPORTS = sorted(path.name for path in HERE.glob("*.ld*"))


def without(text, attribute):
    return re.sub(rf"(?mi)^{attribute}:.*\n(?: .*\n)*", "", text)


def thin(attribute):
    """An export of both hosts, by `ldifde -l` without the attribute."""
    return without((HERE / "13-sid-as-text.ldif").read_text(), attribute)


def blamed(said):
    """What speaks of rights, with some words around it."""
    return re.findall(".{0,80}(?:%s).{0,80}" % WRONG.pattern, " ".join(said.split()), re.I)


def is_said_of_exports(files, *more, stdin=""):
    for form in ("text", "html", "json"):
        done = audit(files, *more, form=form, stdin=stdin)
        assert done.returncode in (0, 1, 3), done.stderr
        said = done.stdout
        if form == "html":  # the rules' own pages are of any source
            said = re.sub(r"(?s)<script.*?</script>|<style.*?</style>", "", said)
            said = re.sub(r'(?s)<section[^>]*id="rules".*?</section>', "", said)
        assert not blamed(said), form


@pytest.mark.parametrize("file", EXPORTS)
def test_no_export_is_told_of_rights(file):
    """Whoever reads a file reads all of it: what is missing was not exported."""
    if file == CONFIGURATION:
        file = (DOMAIN, CONFIGURATION)
    for more in ((), TWO, (*TWO, "--operator", "alice")):
        if not (file == SERVICES and "--host" in more):  # it has no hosts
            is_said_of_exports(file, *more)


@pytest.mark.parametrize("attribute", [
    "objectClass", "sAMAccountName", "dNSHostName", "servicePrincipalName", "userAccountControl", "msDS-AllowedToDelegateTo",
    "msDS-SupportedEncryptionTypes", "objectSid", "primaryGroupID", "memberOf", "member", "pwdLastSet", "lastLogonTimestamp",
    "operatingSystemVersion", "sPNMappings", "groupType", "ms-DS-MachineAccountQuota"])
def test_no_list_of_attributes_is_told_of_rights(attribute):
    is_said_of_exports("-", *TWO, "--operator", "alice", stdin=thin(attribute))
    for command in (["check", "HV01", "HV02"], ["diagnose", "0x8009030E", "--from", "HV01", "--to", "HV02"]):
        done = run(*command, "-v", "-c", os.devnull, "--ldif", "-", stdin=thin(attribute))
        assert not blamed(done.stdout)
    done = run("spn", "list", "HV02", "--ldif", "-", stdin=thin(attribute))
    assert not blamed(done.stdout)


def test_what_was_not_determined_comes_first():
    """Without the configuration no SPN is certain: nothing there is called sound."""
    done = run("audit", "--no-history", "--ldif", HERE / SERVICES)
    assert done.returncode == 3 and "UNKNOWN   3 of 3 delegations were not determined" in done.stdout, done.stdout
    assert "at risk" not in done.stdout.split("\n\n")[1]


def test_an_account_is_found_by_a_domain_whose_short_name_does_not_show():
    done = run("check", "FABRIKAM\\IISWEB01$", "MSSQLSvc/SQLPROD.fabrikam.example:1433", "--ldif", HERE / SERVICES)
    assert done.returncode == 3 and "IISWEB01 → MSSQLSvc/SQLPROD.fabrikam.example:1433 on svc-sql" in done.stdout
    done = run("check", "other.example\\IISWEB01$", "MSSQLSvc/SQLPROD.fabrikam.example:1433", "--ldif", HERE / SERVICES)
    assert done.returncode == 2 and "no such account" in done.stderr


@pytest.mark.parametrize("option", [["--starttls"], ["--ca-file", "ca.pem"]], ids=["starttls", "ca-file"])
def test_what_would_secure_a_connection_is_refused_without_one(option):
    done = audit(DOMAIN, *option)
    assert done.returncode == 2 and option[0] in done.stderr and "--ldif is offline" in done.stderr, done


def test_a_realm_behind_an_spn_is_told():
    done = run("check", "HV01", "cifs/HV02@CONTOSO.TEST", "-c", os.devnull, "--ldif", DOMAIN)
    assert done.returncode == 2 and "an SPN has no realm" in done.stderr, done


def test_the_newest_change_of_a_file_without_a_clock_is_not_young(tmp_path):
    """DOM-04 measures from when the file was made, which the rootDSE says; without it the newest change would always be young."""
    fixture = HERE.parent.parent / "fixtures" / "dom-04-fires" / "estate.ldif"
    for text, told in ((fixture.read_text(), True), (re.sub(r"(?m)^currentTime: .*\n", "", fixture.read_text()), False)):
        file = tmp_path / "estate.ldif"
        file.write_text(text)
        assert any(finding["rule"] == "DOM-04" for finding in report(file)["findings"]) == told
