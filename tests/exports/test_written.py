"""Values that somebody's script wrote into an export in a form of its own: not read, and never taken for something else."""

import base64
import json
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
WHOLE = re.sub(r"\n ", "", (HERE / "05a-domain.ldf").read_text() + "\n" + (HERE / "05b-configuration.ldf").read_text())
RBCD = "msDS-AllowedToActOnBehalfOfOtherIdentity"
# O:BAD:(A;;0xf01ff;;;S-1-5-21-1000-2000-3000-1101), as the directory has it.
DESCRIPTOR = bytes.fromhex("010004801400000000000000000000002400000001020000000000052000000020020000"
                           "04002c000100000000002400ff010f00010500000000000515000000e8030000d0070000b80b00004d040000")
FORMS = {
    "as it is": (base64.b64encode(DESCRIPTOR).decode(), "::", "ready"),
    "SDDL": ("O:BAD:(A;;0xf01ff;;;S-1-5-21-1000-2000-3000-1101)", ":", "unknown"),
    "hexadecimal digits": (DESCRIPTOR.hex(), ":", "unknown"),
    "as csvde has it": (f"X'{DESCRIPTOR.hex()}'", ":", "unknown"),
    "base64 of base64": (base64.b64encode(base64.b64encode(DESCRIPTOR)).decode(), "::", "unknown"),
    "the name of its class": ("System.DirectoryServices.ActiveDirectorySecurity", ":", "unknown"),
    "damaged": (base64.b64encode(DESCRIPTOR[:40]).decode(), "::", "broken"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_descriptor(tmp_path, form):
    value, colons, verdict = FORMS[form]
    text = re.sub(r"(?m)^msDS-AllowedToDelegateTo: .*(?:/HV02|/hv02\..*)\n", "", WHOLE)
    file = tmp_path / "in.ldf"
    file.write_text(text.replace("\nsAMAccountName: HV02$\n", f"\nsAMAccountName: HV02$\n{RBCD}{colons} {value}\n"))
    done = subprocess.run([os.environ["KCDAUDIT"], "audit", "--ldif", file, "-f", "json", "-c", os.devnull, "--no-history", "--all-pairs",
                           "--host", "HV01", "--host", "HV02"], capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))
    assert done.returncode in (0, 1, 3), done
    report = json.loads(done.stdout)
    assert {pair["source"]: pair["verdict"] for pair in report["pairs"]} == {"HV01": verdict, "HV02": "ready"}
    failed = {finding["rule"] for finding in report["findings"] if finding["status"] == "fail"}
    assert ("RBC-04" in failed) == (verdict == "broken")
    gaps = [gap["why"] for gap in report["run"]["gaps"] if gap["what"].startswith(RBCD + " of CN=HV02")]
    assert bool(gaps) == (verdict == "unknown") and all("written as text" in why for why in gaps)
