"""A history on a PostgreSQL server over TLS: who the server is, and what is said before that is known."""

import os
import socket
import ssl
import threading

import pytest

import server
from kept import USAGE, Store, environment, one_line, run

pytestmark = pytest.mark.skipif(not server.IS_THERE, reason="NOT TESTED: no PostgreSQL here (make deps)")

PASSWORD = "Summer2026"


@pytest.fixture(scope="module")
def postgres():
    place = server.Server(tls=True)
    try:
        (place.place / "data/pg_hba.conf").write_text("local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n")
        place.start()
        place.sql(f"CREATE ROLE audit LOGIN SUPERUSER PASSWORD '{PASSWORD}'", "postgres")
        place.database()
        yield place
    finally:
        place.end()


@pytest.fixture
def home(tmp_path):
    """Whose .pgpass has the password for every server."""
    passwords = tmp_path / ".pgpass"
    passwords.write_text(f"*:*:*:*:{PASSWORD}\n")
    passwords.chmod(0o600)
    return environment(HOME=tmp_path)


def address(postgres, host="localhost", more=""):
    return f"postgresql://audit@{host}:{postgres.port}/kept?hostaddr=127.0.0.1&gssencmode=disable{more}"


def audited(postgres, tmp_path, env, host="localhost", more=""):
    store = Store(tmp_path)
    store.path = address(postgres, host, more)
    return run("audit", "--ldif", store.estate(), "-c", os.devnull, "-q", "--history", store.path, "--timeout", "20",
               env={**env, "XDG_STATE_HOME": str(tmp_path)})


@pytest.mark.parametrize("mode", ["", "&sslmode=verify-full", "&sslmode=verify-ca"])
def test_the_server_that_its_authority_vouches_for(postgres, tmp_path, home, mode):
    done = audited(postgres, tmp_path, home, more=f"&sslrootcert={postgres.authority}{mode}")
    assert done.returncode == 0 and done.stderr == "", done


def test_the_authority_may_be_in_its_usual_place(postgres, tmp_path, home):
    (tmp_path / ".postgresql").mkdir()
    (tmp_path / ".postgresql/root.crt").write_bytes(postgres.authority.read_bytes())
    done = audited(postgres, tmp_path, home)
    assert done.returncode == 0 and done.stderr == "", done


def test_another_name(postgres, home):
    uri = address(postgres, "db.contoso.test", f"&sslrootcert={postgres.authority}")
    one_line(run("history", "--history", uri, env=home), USAGE, "cannot reach history", 'does not match host name "db.contoso.test"')


@pytest.mark.parametrize("more", ["&sslrootcert={other}", "", "&sslrootcert={other}&sslmode=verify-ca"])
def test_another_authority(postgres, home, more):
    """Also where no authority is named: then it is those that the machine trusts."""
    other = postgres.authorities / "other.crt"
    if not other.exists():
        postgres.authority_of("other")
    uri = address(postgres, more=more.format(other=other))
    one_line(run("history", "--history", uri, env=home), USAGE, "cannot reach history", "certificate")


@pytest.mark.parametrize("ambient", [{"PGSSLMODE": "disable"}, {"PGSSLMODE": "require"}, {"PGREQUIRESSL": "1"}])
def test_the_environment_makes_it_no_weaker(postgres, home, ambient):
    one_line(run("history", "--history", address(postgres), env={**home, **ambient}), USAGE, "cannot reach history", "certificate")


def test_a_service_makes_it_no_weaker(postgres, tmp_path, home):
    """What it says of TLS counts, if that is TLS."""
    services = tmp_path / "services"
    here = f"host=localhost\nport={postgres.port}\nuser=audit\ndbname=kept\n"
    services.write_text(f"[weak]\n{here}sslmode=disable\n[right]\n{here}sslrootcert={postgres.authority}\n"
                        f"[any]\n{here}sslmode=require\n")
    env = {**home, "PGSERVICEFILE": str(services)}
    assert audited(postgres, tmp_path, home, more=f"&sslrootcert={postgres.authority}").returncode == 0
    one_line(run("history", "--history", "postgresql:///?service=weak", env=env), USAGE, "certificate")
    for name in ("right", "any"):
        assert run("history", "--history", f"postgresql:///?service={name}", env=env).returncode == 0


def test_passwords_from_another_file(postgres, tmp_path, home):
    passwords = tmp_path / "passwords"
    (tmp_path / ".pgpass").rename(passwords)
    env = environment(HOME=tmp_path)
    uri = address(postgres, more=f"&sslrootcert={postgres.authority}")
    one_line(run("history", "--history", uri, env=env), USAGE, "no password supplied")
    assert audited(postgres, tmp_path, {**env, "PGPASSFILE": str(passwords)}, more=f"&sslrootcert={postgres.authority}").returncode == 0


def test_any_certificate_will_do_where_that_is_asked_for(postgres, tmp_path, home):
    done = audited(postgres, tmp_path, home, more="&sslmode=require")
    assert done.returncode == 0 and done.stderr == "", done


class Impostor:
    """Has a certificate of its own making, and asks for the password in clear."""

    def __init__(self, postgres):
        if not (postgres.authorities / "impostor.crt").exists():
            postgres.authority_of("impostor")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(postgres.authorities / "impostor.crt", postgres.authorities / "impostor.key")
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.heard = b""
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        plain, _ = self.socket.accept()
        with plain:
            self.heard = plain.recv(4096)
            plain.sendall(b"S")
            try:
                with self.context.wrap_socket(plain, server_side=True) as secret:
                    self.heard += secret.recv(4096)
                    secret.sendall(b"R\0\0\0\x08\0\0\0\x03")
                    self.heard += secret.recv(4096)
            except (ssl.SSLError, ConnectionError):
                pass


@pytest.mark.parametrize("mode, knows_the_user", [("", False), ("&sslmode=verify-full", False), ("&sslmode=require", True),
                                                  ("&sslmode=require&channel_binding=disable", True)])
def test_an_impostor_hears_no_password(postgres, home, mode, knows_the_user):
    impostor = Impostor(postgres)
    uri = f"postgresql://audit@127.0.0.1:{impostor.port}/kept?gssencmode=disable{mode}"
    done = run("history", "--history", uri, env=home)
    impostor.thread.join(30)
    one_line(done, USAGE, "cannot reach history", "channel binding" if knows_the_user else "certificate")
    assert PASSWORD.encode() not in impostor.heard
    assert (b"audit" in impostor.heard) == knows_the_user


def test_a_server_without_tls(postgres, home):
    plain = server.Server()
    try:
        plain.port = server.free_port()
        plain.options = ["-h", "127.0.0.1", "-p", str(plain.port)]
        plain.start()
        for mode in ("", "&sslmode=require"):
            one_line(run("history", "--history", address(plain, more=mode), env=home), USAGE, "cannot reach history", "does not support SSL")
    finally:
        plain.end()
