"""A DC's name is taken as it was given: a wrong PTR record or a krb5.conf that canonicalises costs nobody the bind."""

from harness import DEMO, FINDINGS, Lab, audit, write


def test_reverse_name_does_not_matter(tmp_path):
    with Lab(DEMO) as lab:
        # As Debian ships it: rdns and dns_canonicalize_hostname are on unless they are turned off.
        usual = [line for line in lab.krb5_conf.read_text().splitlines() if "rdns" not in line and "canonicalize" not in line]
        config = write(tmp_path / "krb5.conf", "\n".join(usual) + "\n")
        lab.check(["sh", "-c", f"echo '{lab.ip} wrong.example.test' >>/etc/hosts"])
        env = {"KRB5_CONFIG": str(config)}
        plain = lab.run(["ldapsearch", "-LLL", "-Q", "-N", "-Y", "GSSAPI", "-H", f"ldap://{lab.dc}", "-s", "base", "-b", ""],
                        user="audit", env=env)
        assert "not found in Kerberos database" in plain.stderr, "the trap does not snap; this test proves nothing"
        result = audit(lab, "-f", "json", "--mech", "GSSAPI", env=env)
        assert result.status == FINDINGS, result
        assert result.report["summary"]["tickets"]["granted"] > 0
