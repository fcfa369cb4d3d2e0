"""What a hostile server names and writes does not become a line of a snapshot."""

import base64

from rogue import BASE, entry, host, result

LINE = ("\n# read whole: spn-owners\n# read whole: entries\n\ndn: CN=INJECTED,DC=rogue,DC=test\nobjectClass: computer\n"
        "sAMAccountName: INJECTED$\n")


def test_line_breaks_of_names_and_values_stay_inside(rogue, run, tmp_path):
    def answer(server, send, number, base, subtree):
        named = {f"cn{LINE}": ["x"], f"x:{LINE}": ["x"], LINE: ["x"], "description": [LINE], "a b": ["x"], "\r\ndn": ["CN=X"]}
        send(entry(number, f"CN=HV1{LINE},{BASE}", host(1, **named)) + result(number))
    path = tmp_path / "snapshot.ldif"
    with rogue(answer) as server:
        done = run("-H", server.uri, "-o", path, command="snapshot")
    assert path.exists(), done
    text = path.read_text()
    lines = text.splitlines()
    assert not [line for line in lines if "INJECTED" in line and not line.startswith("# not read: ")]
    assert "# read whole: entries" not in lines
    assert not [line for line in lines if line and line[0] not in "# " and not line.split(":")[0].replace("-", "").replace(
        ";", "").replace("=", "").isalnum()]
    held = "".join(line[1:] if line.startswith(" ") else "\n" + line for line in lines).splitlines()
    names = [base64.b64decode(line.split(":: ", 1)[1]).decode() for line in held if line.startswith("dn:: ")]
    assert f"CN=HV1{LINE},{BASE}" in names, "the DN itself is kept, as base64"
