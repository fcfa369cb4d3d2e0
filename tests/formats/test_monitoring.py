"""What monitoring needs: the dashboard, the alerts and the definitions of checks, each held against what kcdaudit writes, and given to
the program that it is for where that is here."""

import getpass
import grp
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import yaml

import offline
from patience import PATIENCE_S, wait_until

MONITORING = offline.ROOT / "data/monitoring"
DASHBOARD = json.loads((offline.ROOT / "data/grafana/kcdaudit.json").read_text())
RULES = MONITORING / "kcdaudit.rules.yml"
PANELS = DASHBOARD["panels"]
ALERTS = yaml.safe_load(RULES.read_text())["groups"][0]["rules"]
EXPRESSIONS = [target["expr"] for panel in PANELS for target in panel["targets"]] + [alert["expr"] for alert in ALERTS]


def shown(name):
    return offline.audit(offline.FIXTURES / name, "-f", "prometheus").stdout.decode()


@pytest.fixture(scope="module")
def metrics(all_reports):
    """Of two domains, as two files of the collector are seen together: one has findings, the other could not be read whole."""
    whole = shown("demo")
    thin = shown(next(name for name, (report, *_) in all_reports.items() if not report["run"]["complete"]))
    assert "kcdaudit_complete{domain=\"contoso.test\"} 0" in thin
    other = [line.replace("contoso.test", "fabrikam.test") for line in thin.splitlines() if not line.startswith("#")]
    # A metric's samples have to stand together.
    out = []
    for line in whole.splitlines():
        if line.startswith("# HELP"):
            name = line.split()[2]
        out.append(line)
        if line.startswith("# TYPE"):
            out += [sample for sample in other if sample.split("{")[0] == name]
    return "\n".join(out) + "\n"


def labels_of(metrics):
    found = {}
    for name, labels in re.findall(r"^([a-z0-9_]+)\{(.*)\} ", metrics, re.M):
        found.setdefault(name, {})
        for label, value in re.findall(r'([a-z0-9_]+)="([^"]*)"', labels):
            found[name].setdefault(label, set()).add(value)
    return found


def test_every_metric_and_label_that_is_asked_for_is_written(metrics):
    there = labels_of(metrics)
    for expression in EXPRESSIONS:
        names = re.findall(r"kcdaudit_[a-z0-9_]+", expression)
        assert names, expression
        for name, selector in re.findall(r"(kcdaudit_[a-z0-9_]+)(?:\{([^}]*)\})?", expression):
            assert name in there, expression
            for label, how, value in re.findall(r'([a-z0-9_]+)(=~|=)"([^"]*)"', selector):
                assert label in there[name], expression
                assert how == "=~" or value in there[name][label], expression
        for by in re.findall(r"by \(([^)]*)\)", expression):
            assert set(by.split(", ")) <= set().union(*(there[name] for name in names)), expression
    for panel in PANELS:
        for target in panel["targets"]:
            name = re.search(r"kcdaudit_[a-z0-9_]+", target["expr"])[0]
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= set(there[name]), target
    for alert in ALERTS:
        name = re.search(r"kcdaudit_[a-z0-9_]+", alert["expr"])[0]
        told = " ".join(alert["annotations"].values())
        assert set(re.findall(r"\$labels\.(\w+)", told)) <= set(there[name])


def test_what_the_dashboard_has_to_show_is_on_it():
    asked = " ".join(EXPRESSIONS)
    for metric in ("grade_score", "pairs", "edges", "findings", "rule_findings", "gaps", "data_timestamp_seconds", "causes"):
        assert "kcdaudit_" + metric in asked
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    taken = set()
    for panel in PANELS:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
        for part in [panel, *panel["targets"]]:
            assert part["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert [variable["name"] for variable in DASHBOARD["templating"]["list"]] == ["datasource", "domain"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    def __init__(self, port):
        self.port = port

    def get(self, path, **query):
        url = f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
            return json.load(answer)

    def ask(self, expression):
        return self.get("/api/v1/query", query=expression)["data"]["result"]


@pytest.fixture(scope="module")
def prometheus(metrics, tmp_path_factory):
    """A real one that scrapes what the collector would serve."""
    assert shutil.which("prometheus"), "prometheus is not installed: make deps"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(metrics.encode())

        def log_message(self, *_):
            pass

    directory = tmp_path_factory.mktemp("prometheus")
    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (directory / "prometheus.yml").write_text(
        f"global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [{RULES}]\nscrape_configs:\n"
        f"  - {{job_name: node, static_configs: [{{targets: ['127.0.0.1:{server.server_port}']}}]}}\n")
    port = free_port()
    log = (directory / "log").open("w")
    process = subprocess.Popen(["prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data",
                                f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
    running = Prometheus(port)
    end = time.monotonic() + PATIENCE_S
    while True:
        assert process.poll() is None and time.monotonic() < end, (directory / "log").read_text()[-3000:]
        try:
            rules = running.get("/api/v1/rules")["data"]["groups"]
            if running.ask("kcdaudit_complete") and rules and all(rule["health"] == "ok" for rule in rules[0]["rules"]):
                break
        except OSError:
            pass
        time.sleep(0.2)
    yield running
    process.terminate()
    process.wait(PATIENCE_S)
    server.shutdown()


def test_a_real_prometheus_answers_every_question_of_the_dashboard(prometheus):
    domains = {series["metric"]["domain"] for series in prometheus.ask("kcdaudit_complete")}
    assert domains == {"contoso.test", "fabrikam.test"}
    assert prometheus.get("/api/v1/label/domain/values", **{"match[]": "kcdaudit_complete"})["data"] == sorted(domains)
    for panel in PANELS:
        for target in panel["targets"]:
            for domain in (".*", "contoso\\\\.test"):
                answer = prometheus.ask(target["expr"].replace("$domain", domain))
                assert answer, (panel["title"], target["expr"], domain)


def test_the_alerts_that_fire_are_those_of_the_estates(prometheus):
    def firing():
        rules = prometheus.get("/api/v1/rules")["data"]["groups"][0]["rules"]
        assert {rule["name"] for rule in rules} == {alert["alert"] for alert in ALERTS}
        return {(rule["name"], alert["labels"]["domain"]) for rule in rules for alert in rule["alerts"]}

    expected = {("KcdauditMigrationFails", "contoso.test"), ("KcdauditIncomplete", "fabrikam.test")}
    wait_until(lambda: expected <= firing(), pause=0.2)
    assert not {"KcdauditNoAudit", "KcdauditTier0", "KcdauditWorse"} & {name for name, _ in firing()}


CASES = """
rule_files: [RULES]
evaluation_interval: 1h
tests:
  - interval: 1h
    input_series:
      - {series: 'kcdaudit_grade_score{domain="a"}', values: '78x47 78 54x10'}
      - {series: 'kcdaudit_grade_score{domain="b"}', values: 'NaN+0x60'}
      - {series: 'kcdaudit_edges_tier0{domain="a"}', values: '1x47 1 2x10'}
      - {series: 'kcdaudit_last_run_timestamp_seconds{domain="a"}', values: '0x60'}
      - {series: 'kcdaudit_findings{domain="a",severity="critical"}', values: '0x60'}
    alert_rule_test:
      - {eval_time: 30h, alertname: KcdauditNoAudit}
      - eval_time: 40h
        alertname: KcdauditNoAudit
        exp_alerts: [{exp_labels: {domain: a, severity: warning}, exp_annotations: {
          summary: "No audit of a for 1d 16h 0m 0s", description: "An audit that fails leaves the old file. See journalctl -u kcdaudit."}}]
      - eval_time: 50h
        alertname: KcdauditWorse
        exp_alerts: [{exp_labels: {domain: a, severity: warning}, exp_annotations: {
          summary: "The grade of a fell to 54 points", description: "kcdaudit diff names what is new."}}]
      - eval_time: 50h
        alertname: KcdauditTier0
        exp_alerts: [{exp_labels: {domain: a, severity: critical}, exp_annotations: {
          summary: "More delegations of a lead to Tier 0 than two days ago", description: "kcdaudit diff names those that came."}}]
      - {eval_time: 50h, alertname: KcdauditCritical}
"""


def test_the_alerts_over_time(tmp_path):
    (tmp_path / "cases.yml").write_text(CASES.replace("RULES", str(RULES)))
    for command in (["check", "rules", RULES], ["test", "rules", tmp_path / "cases.yml"]):
        done = subprocess.run(["promtool", *command], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


# The definitions of checks


def options_of_audit():
    text = offline.run("help", "audit", expect=offline.OK).stdout.decode()
    return set(re.findall(r"(?:^|[\s,])(--?[a-zA-Z][a-z-]*)", text))


def test_icinga_takes_the_definition(tmp_path):
    if not shutil.which("icinga2"):
        pytest.skip("ICINGA'S DEFINITION WAS NOT CHECKED: icinga2 is not installed (make deps)")
    (tmp_path / "icinga2.conf").write_text(
        f'const PluginDir = "/usr/lib/nagios/plugins"\ninclude <itl>\ninclude "{MONITORING}/icinga2.conf"\n'
        'object Host "contoso" {\n  check_command = "dummy"\n  vars.kcdaudit_domain = "contoso.test"\n'
        '  vars.kcdaudit_principal = "audit@CONTOSO.TEST"\n}\n')
    tmp_path.chmod(0o755)
    directories = [f"-D{name}={tmp_path}" for name in ("LogDir", "CacheDir", "DataDir", "SpoolDir", "InitRunDir")]
    done = subprocess.run(["icinga2", "daemon", "-C", *directories, "-c", tmp_path / "icinga2.conf"], capture_output=True, text=True,
                          env={**os.environ, "ICINGA2_USER": getpass.getuser(), "ICINGA2_GROUP": grp.getgrgid(os.getgid()).gr_name})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Instantiated 1 Service." in done.stdout


def test_the_options_of_the_checks_are_those_of_audit():
    known = options_of_audit()
    icinga = set(re.findall(r'"(--[a-z-]+)"', (MONITORING / "icinga2.conf").read_text()))
    assert len(icinga) >= 8 and icinga <= known
    for line in (MONITORING / "checkmk-mrpe.cfg").read_text().splitlines():
        if line.startswith("#"):
            continue
        name, interval, *command = shlex.split(line)
        assert re.fullmatch(r"\w+", name) and re.fullmatch(r"\(interval=\d+\)", interval)
        assert command[:2] == ["/usr/bin/kcdaudit", "audit"]
        assert {word for word in command[2:] if word.startswith("-")} <= known


LOCAL = re.compile(r"([0123]) Kerberos_delegation (-|[a-z0-9_]+=\d+(?:\|[a-z0-9_]+=\d+)*) (\S.*)\n")


def local(path, **env):
    done = subprocess.run([MONITORING / "kcdaudit-local"], capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"], "KCDAUDIT_LINE": str(path), **env})
    assert (done.returncode, done.stderr) == (0, "")
    match = LOCAL.fullmatch(done.stdout)
    assert match, done.stdout
    return int(match[1]), match[2], match[3]


def test_a_state_that_is_better_than_the_answer_says_why(tmp_path):
    fires = offline.FIXTURES / "del-01-fires"
    rules = sorted({f["rule"] for f in json.loads(offline.audit(fires, "-f", "json").stdout)["findings"]})
    waivers = [f"[waive {rule}]\nrule={rule}\nreason=known\n" for rule in rules]
    config = tmp_path / "kcdaudit.conf"
    config.write_text("".join(waivers))
    done = offline.audit(fires, "-f", "nagios", "-c", config)
    line = done.stdout.decode()
    assert done.returncode == 0 and line.startswith("KCDAUDIT OK - ") and ": BROKEN; " in line
    assert re.search(r"; all \d+ findings? waived[;|]| waived \|", line), line
    assert " waived" not in offline.audit(fires, "-f", "nagios").stdout.decode()


def test_a_host_alone_is_no_good_state():
    done = offline.audit(offline.FIXTURES / "ready", "-f", "nagios", "--host", "HV01")
    assert done.returncode == 3 and done.stdout.startswith(b"KCDAUDIT UNKNOWN - "), done.stdout
    done = offline.audit(offline.FIXTURES / "ready", "-f", "json", "--host", "HV01")
    assert done.returncode == offline.INCOMPLETE
    assert [gap["what"] for gap in json.loads(done.stdout)["run"]["gaps"]] == ["migrations of HV01"]


def test_checkmk_is_told_what_the_last_audit_left(tmp_path):
    path = tmp_path / "kcdaudit.nagios"
    states = set()
    for case in ("acc-01-fires", "acc-01-quiet", *(each.name for each in offline.cases()[::9])):
        line = offline.audit(offline.FIXTURES / case, "-f", "nagios").stdout.decode()
        offline.audit(offline.FIXTURES / case, "-f", f"nagios:{path}")
        assert path.read_text() == line
        state, numbers, text = local(path)
        word = line.split()[1]
        assert state == ["OK", "WARNING", "CRITICAL", "UNKNOWN"].index(word)
        assert text == line.split(" - ", 1)[1].split(" |")[0]
        assert dict(pair.split("=") for pair in numbers.split("|")).items() <= dict(
            pair.split("=") for pair in line.split("|")[1].split()).items()
        states.add(state)
    assert {0, 2} < states
    offline.audit(offline.FIXTURES / "acc-01-quiet", "-f", f"nagios:{path}")
    os.utime(path, (time.time() - 40 * 3600,) * 2)
    assert local(path)[0] == 1 and "more than 36 hours old" in local(path)[2]
    assert local(path, KCDAUDIT_HOURS="48")[0] == 0
    assert local(tmp_path / "none")[:2] == (3, "-")


def test_the_job_of_gitlab_does_what_it_says(tmp_path):
    job = yaml.safe_load((MONITORING / "gitlab-ci.yml").read_text())["kerberos-delegation"]
    assert set(job) <= {"stage", "rules", "variables", "script", "allow_failure", "artifacts"}
    assert job["allow_failure"] == {"exit_codes": [offline.INCOMPLETE]}
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "kcdaudit").symlink_to(offline.KCDAUDIT)
    for case, expected in (("acc-01-fires", offline.FINDINGS), ("acc-01-quiet", offline.OK)):
        work = tmp_path / case
        work.mkdir()
        conf = offline.FIXTURES / case / "kcdaudit.conf"
        config = {"KCDAUDIT_CONFIG": str(conf)} if conf.exists() else {}
        done = subprocess.run(["sh", "-e", "-c", "\n".join(job["script"])], cwd=work, capture_output=True, text=True,
                              env={**os.environ, **job["variables"], "PATH": f"{bin_}:{os.environ['PATH']}", "HOME": str(tmp_path),
                                   "KCDAUDIT_LDIF": str(offline.FIXTURES / case / "estate.ldif"), **config})
        assert done.returncode == expected, done.stderr
        kept = [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]]
        assert sorted(path.name for path in work.iterdir()) == sorted(kept)
