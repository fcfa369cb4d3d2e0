#!/usr/bin/python3
"""Boots a domain with six Hyper-V hosts and the classic slips, audits it with real binds and
tickets, applies the fixes with ldapmodify and audits again."""
import json
import os
import pathlib
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/lab"))

from lab import Lab, LabError  # noqa: E402

AUDIT = ["audit", "-D", "contoso.test", "-c", "/dev/null"]


def say(text):
    bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    print(("\n\x1b[1m== %s\x1b[0m" if bold else "\n== %s") % text, flush=True)


def show(lab, command, state):
    """`state` is where audits are kept."""
    print("$ " + " ".join(["kcdaudit"] + command[1:]) + "\n", flush=True)
    return lab.popen(command, user="audit", env={"XDG_STATE_HOME": state}).wait()


def verdicts(lab, binary):
    report = json.loads(lab.run([binary, *AUDIT, "-f", "json", "--all-pairs", "--no-history"],
                                user="audit").stdout)
    return {(p["source"], p["target"]): p["verdict"] for p in report["pairs"]}


def keep(pages):
    """Where the HTML reports stay, for whoever called sudo."""
    pages.mkdir(exist_ok=True)
    for path in [pages, *pages.iterdir()]:
        os.chown(path, int(os.environ.get("SUDO_UID", -1)), int(os.environ.get("SUDO_GID", -1)))


def demo(binary, fixes, state, pages):
    say("Booting a disposable AD: CONTOSO.TEST, one DC, six Hyper-V hosts with the classic slips")
    with Lab(estate=ROOT / "tests/lab/estates/demo.py") as lab:
        say("Audit, as the plain domain user `audit`: LDAP sealed by SASL, real test tickets")
        before = verdicts(lab, binary)
        status = show(lab, [binary, *AUDIT, "--fixes", fixes, "-f", "text",
                            "-f", "html:%s/before.html" % pages], state)
        if status != 1:
            raise LabError("the audit of the slips ended with exit status %d, not 1" % status)

        say("What it wrote")
        for path in sorted(pathlib.Path(fixes).iterdir()):
            print("%6d bytes  %s" % (path.stat().st_size, path.name))

        say("As Administrator: ldapmodify -Y GSS-SPNEGO -H ldap://dc1.contoso.test -f fix.ldif")
        lab.popen(["ldapmodify", "-N", "-Q", "-Y", "GSS-SPNEGO", "-H", "ldap://" + lab.dc,
                   "-f", fixes + "/fix.ldif"], user="Administrator").wait()

        say("Audit again")
        status = show(lab, [binary, *AUDIT, "-f", "text", "-f", "html:%s/after.html" % pages], state)
        say("What the second audit found otherwise than the first")
        show(lab, [binary, "diff"], state)
        after = verdicts(lab, binary)
        mended = sorted(pair for pair in after if after[pair] == "ready" != before[pair])
        say("%d pairs turned ready: %s" % (len(mended), ", ".join("%s>%s" % p for p in mended)))
        broken = [pair for pair in after if after[pair] != "ready"]
        keep(pages)
        say("Both reports, to be opened in a browser: %s/before.html and after.html" % pages)
        return 1 if broken or status != 0 or not mended else 0


def main():
    binary = os.path.abspath(sys.argv[1])
    pages = pathlib.Path(os.path.relpath(os.path.dirname(binary))) / "demo"
    fixes = tempfile.mkdtemp(prefix="kcdaudit-fixes-")
    state = tempfile.mkdtemp(prefix="kcdaudit-state-")
    try:
        keep(pages)
        return demo(binary, fixes, state, pages)
    except LabError as error:
        print("demo: %s" % error, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(fixes, ignore_errors=True)
        shutil.rmtree(state, ignore_errors=True)


sys.exit(main())
