"""Where to read, from the configuration; and the configuration that nobody named."""

import pytest

from harness import DEMO, FINDINGS, NO_AUDIT, OK, USAGE, Lab, kcdaudit, write

# Another /etc, for one command.
OTHER_ETC = """set -e
mkdir "$1/etc"
cp -a /etc/. "$1/etc"
mkdir -p "$1/etc/kcdaudit"
cp "$2" "$1/etc/kcdaudit/kcdaudit.conf"
mount --rbind "$1/etc" /etc
shift 2
exec "$@"
"""


@pytest.fixture(scope="module")
def demo():
    with Lab(DEMO) as lab:
        yield lab


def audit(lab, path, *options, **keywords):
    return kcdaudit(lab, "audit", "-v", "--no-tickets", "--host", "HV01", "--host", "HV02", "-c", path, *options,
                    **keywords)


def test_dcs_are_tried_in_the_order_of_the_file(demo, tmp_path):
    path = write(tmp_path / "k.conf", "[directory]\nuri=ldap://dc1.contoso.test:390;ldap://dc1.contoso.test\n")
    result = audit(demo, path)
    assert result.status == OK, result
    assert result.err.index("dc1.contoso.test:390") < result.err.index("bound by GSS-SPNEGO")


def test_the_mechanism_of_the_file(demo, tmp_path):
    path = write(tmp_path / "k.conf", "[directory]\ndomain=contoso.test\nmech=GSSAPI\n")
    assert "bound by GSSAPI, sealed" in audit(demo, path).err
    assert "bound by GSS-SPNEGO, sealed" in audit(demo, path, "--mech", "GSS-SPNEGO").err, "the command line goes first"


def test_the_command_line_says_where_whatever_the_file_says(demo, tmp_path):
    path = write(tmp_path / "k.conf", "[directory]\nuri=ldap://dc1.contoso.test:390\n")
    assert audit(demo, path).status == NO_AUDIT
    assert audit(demo, path, "-D", demo.domain).status == OK
    assert audit(demo, path, "-H", "ldap://dc1.contoso.test").status == OK


def test_the_default_configuration(demo, tmp_path):
    dump = tmp_path / "demo.ldif"
    demo.dump_ldif(dump)

    def offline(text, *options):
        place = tmp_path / f"etc{len(list(tmp_path.iterdir()))}"
        place.mkdir()
        prefix = ["unshare", "-m", "sh", "-c", OTHER_ETC, "sh", place, write(place / "k.conf", text)]
        return kcdaudit(demo, "audit", "--ldif", dump, *options, prefix=prefix, user=None)

    result = offline("[group of the file]\nhosts=HV01;HV02;HV03\n")
    assert result.status == FINDINGS and "Group of the file  3 hosts, from the configuration" in result.out, result
    broken = offline("[group g]\nhost=HV01\n")
    assert broken.status == USAGE and "/etc/kcdaudit/kcdaudit.conf:2: " in broken.err
    assert offline("[group g]\nhost=HV01\n", "-c", "/dev/null").status == FINDINGS, "another one in its place"
