"""Delegations and chains to Tier 0 that came and went, and those that nobody could see."""

import os

import pytest

from kept import FINDINGS, HOST, OK, T2A4D, ace, checked, descriptor, run
from test_changes import config, sound

DC_SPNS = ["HOST/dc01.contoso.test", "HOST/DC01", "ldap/dc01.contoso.test"]
ETYPES = {"msDS-SupportedEncryptionTypes": 28}
WEB, SQL = "kcd:svc-web>SQL1", "kcd:SQL1>DC01"


def estate(e):
    """A web server's account, a database, a file server and a domain controller; nobody delegates but the hosts."""
    sound(e)
    e.host("DC01", uac=0x2000, spns=DC_SPNS, primaryGroupID=516)
    e.host("SQL1", uac=HOST, spns=["MSSQLSvc/sql1.contoso.test:1433", "HOST/SQL1"])
    e.host("FS1", uac=HOST, spns=["HOST/fs1.contoso.test", "cifs/fs1.contoso.test"])
    e.user("svc-web", servicePrincipalName=["HTTP/web.contoso.test"], **ETYPES)
    e["svc-web"]["userAccountControl"] |= T2A4D


def lists(**by_source):
    """The estate with these lists."""
    def build(e):
        estate(e)
        for source, entries in by_source.items():
            e[source.replace("_", "-")]["msDS-AllowedToDelegateTo"] = list(entries)
    return build


to_sql = lists(svc_web=["MSSQLSvc/sql1.contoso.test:1433"])
chained = lists(svc_web=["MSSQLSvc/sql1.contoso.test:1433"], SQL1=["ldap/dc01.contoso.test"])
only_last = lists(SQL1=["ldap/dc01.contoso.test"])


def ids(part):
    return {key: [e.get("id", e.get("from")) for e in value] for key, value in part.items()}


def edges(store, *arguments):
    return ids(store.diff(*arguments)["edges"])


def chains(store, *arguments):
    return ids(store.diff(*arguments)["chains"])


NOTHING = {"came": [], "gone": [], "changed": [], "unseen": []}
NO_CHAIN = {"came": [], "gone": [], "unseen": []}


def test_one_delegation_and_one_chain_come_and_go(store):
    store.audit(store.estate(only_last))
    store.audit(store.estate(chained))
    assert edges(store) == {**NOTHING, "came": [WEB]}
    came = store.diff()["edges"]["came"][0]
    assert (came["source"], came["target"], came["way"], came["before"]) == ("svc-web", "SQL1", "kcd", None)
    assert came["after"] == {"verdict": "ready", "tier0": False, "declared": None} and came["by_scope"] is False
    # SQL1 got to Tier 0 all the time; svc-web does now.
    assert chains(store) == {**NO_CHAIN, "came": ["svc-web"]}
    assert store.diff()["chains"]["came"] == [
        {"from": "svc-web", "to": "DC01", "length": 2, "steps": [WEB, SQL], "by_scope": False}]
    run_ = store.history()["runs"][0]
    assert (run_["reach"], run_["chains"]) == ("domain", {"count": 2, "came": 1, "gone": 0})
    assert run_["edges"]["came"] == 1 and run_["edges"]["gone"] == 0

    text = run("diff", "--history", store.path).stdout
    assert "1 delegation new · 1 chain to Tier 0 new" in text
    assert "\nDelegations\n  + svc-web → SQL1  constrained  ready\n" in text
    assert "\nChains to Tier 0\n  + svc-web → SQL1 → DC01\n" in text

    listed = run("history", "--history", store.path, expect=OK).stdout
    assert "exit 1, offline, delegations +1, chains to Tier 0 +1" in " ".join(listed.split()), listed

    store.audit(store.estate(only_last))
    assert edges(store) == {**NOTHING, "gone": [WEB]} and chains(store) == {**NO_CHAIN, "gone": ["svc-web"]}
    gone = store.diff()["edges"]["gone"][0]
    assert (gone["before"]["verdict"], gone["after"]) == ("ready", None)
    text = run("diff", "--history", store.path).stdout
    assert "\n  - svc-web → SQL1  constrained" in text and "\n  - svc-web → SQL1 → DC01\n" in text
    # Between the first and the last nothing happened.
    assert edges(store, "1", "3") == NOTHING and chains(store, "1", "3") == NO_CHAIN
    assert "Delegations" not in run("diff", "1", "3", "--history", store.path).stdout
    store.is_sound()


def test_the_report_says_how_many_came_and_went(store):
    argv = ["audit", "-c", os.devnull, "-f", "text", "--history", store.path, "--ldif"]
    run(*argv, store.estate(only_last))
    text = " ".join(run(*argv, store.estate(chained)).stdout.split())
    assert "1 delegation came, 1 chain to Tier 0 came" in text
    text = " ".join(run(*argv, store.estate(estate)).stdout.split())
    assert "2 delegations gone, 2 chains to Tier 0 gone" in text
    assert "chain to Tier 0" not in run(*argv, store.estate(estate)).stdout


def test_a_way_of_its_own_is_no_other_chain(store):
    """svc-web gets to the DC in two steps, then in one: the chain is the same, the delegation is not."""
    direct = lists(svc_web=["MSSQLSvc/sql1.contoso.test:1433", "ldap/dc01.contoso.test"], SQL1=["ldap/dc01.contoso.test"])
    store.audit(store.estate(chained))
    store.audit(store.estate(direct))
    assert edges(store)["came"] == ["kcd:svc-web>DC01"] and chains(store) == NO_CHAIN
    assert store.diff()["edges"]["came"][0]["after"]["tier0"] is True
    assert "+ svc-web → DC01  constrained  ready, the target is Tier 0" in run("diff", "--history", store.path).stdout
    assert store.sql("SELECT steps, path FROM chains WHERE source = 'svc-web'") == [(1, "kcd:svc-web>DC01")]


@pytest.mark.parametrize("fail_on, status", [("critical", FINDINGS), ("info", FINDINGS)])
def test_a_new_chain_is_bad_news_and_a_lost_one_is_not(store, fail_on, status):
    """A waiver of every finding there is: the chain alone counts."""
    waive = "".join(f"[waive {rule}]\nrule={rule}\nreason=a test\n"
                    for rule in ("ACC-16", "DEL-06", "DEL-07", "DEL-08", "DEL-10", "DEL-03", "ACC-17"))
    place = config(store.directory, waive)
    store.audit(store.estate(only_last), config=place)
    store.audit(store.estate(chained), config=place)
    counts = store.diff()["counts"]
    assert counts["new"] + counts["reopened"] + counts["worsened"] == 0, store.diff()["findings"]
    assert run("diff", "--history", store.path, "--fail-on", fail_on).returncode == status
    store.audit(store.estate(only_last), config=place)
    assert run("diff", "--history", store.path, "--fail-on", "critical").returncode == OK


def test_another_verdict(store):
    """The account is disabled: what it may do is there still, and does not work."""
    def disabled(e):
        to_sql(e)
        e["SQL1"]["userAccountControl"] |= 2

    store.audit(store.estate(to_sql))
    store.audit(store.estate(disabled))
    assert edges(store) == {**NOTHING, "changed": [WEB]}
    changed = store.diff()["edges"]["changed"][0]
    assert (changed["before"]["verdict"], changed["after"]["verdict"]) == ("ready", "broken")
    assert "~ svc-web → SQL1  constrained  ready → broken" in run("diff", "--history", store.path).stdout


def test_what_pairs_tell_is_not_told_again(store):
    def partly(e):
        sound(e)
        e["HV01"]["userAccountControl"] = HOST

    store.audit(store.estate(sound))
    store.audit(store.estate(partly))
    assert store.diff()["estate"]["pairs"] != [] and edges(store) == NOTHING


def test_declared_or_not(store):
    place = config(store.directory, "[delegation web]\nfrom=svc-web\nto=MSSQLSvc/sql1.contoso.test:1433\n")
    store.audit(store.estate(chained), config=place)
    config(store.directory, "[delegation web]\nfrom=FS1\nto=MSSQLSvc/sql1.contoso.test:1433\n")
    store.audit(store.estate(chained), config=place)
    changed = {e["id"]: (e["before"]["declared"], e["after"]["declared"]) for e in store.diff()["edges"]["changed"]}
    assert changed == {WEB: (True, False)}
    assert "svc-web → SQL1  constrained  ready, not declared" in run("diff", "--history", store.path).stdout
    # What is declared and not there is no delegation.
    assert not any("FS1" in name for names in edges(store).values() for name in names)
    config(store.directory, "")
    store.audit(store.estate(chained), config=place)
    assert edges(store) == NOTHING


@pytest.mark.parametrize("attribute", ["msDS-AllowedToDelegateTo", "userAccountControl"])
def test_what_could_not_be_read_is_unseen_and_comes_back_unchanged(store, attribute):
    """An export in which nobody's lists are, or the account's flags are not."""
    def unread(e):
        chained(e)
        for name in ("svc-web", "SQL1", "HV01", "HV02", "FS1", "DC01"):
            e[name].pop(attribute, None)
        del e["krbtgt"]["nTSecurityDescriptor"]  # nobody shows that the exporter sees everything

    store.audit(store.estate(chained))
    store.audit(store.estate(unread))
    if attribute == "msDS-AllowedToDelegateTo":
        assert {WEB, SQL} <= set(edges(store)["unseen"]) and edges(store)["gone"] == []
        assert set(chains(store)["unseen"]) == {"SQL1", "svc-web"} and chains(store)["gone"] == []
        text = run("diff", "--history", store.path).stdout
        assert "? svc-web → SQL1" in text and "? svc-web → SQL1 → DC01" in text
    assert edges(store)["came"] == [] and edges(store)["gone"] == [] and chains(store)["gone"] == []
    store.audit(store.estate(chained))
    assert edges(store) | {"changed": []} == NOTHING and chains(store) == NO_CHAIN
    assert store.history()["runs"][0]["edges"]["came"] == 0 == store.history()["runs"][0]["chains"]["came"]
    # Unread, and gone when somebody looks.
    store.audit(store.estate(unread))
    store.audit(store.estate(estate))
    assert {WEB, SQL} <= set(edges(store)["gone"]) and set(chains(store)["gone"]) == {"SQL1", "svc-web"}
    store.is_sound()


def test_the_owner_of_an_spn_that_does_not_show(store):
    """The database holds no SPNs any more, and the export does not cover the forest: who holds them now is not known."""
    def hidden(e):
        chained(e)
        e["SQL1"]["servicePrincipalName"] = ["HOST/SQL1"]
        del e.entries[next(dn for dn in e.entries if ",CN=Partitions," in dn)]

    store.audit(store.estate(chained))
    store.audit(store.estate(hidden))
    assert edges(store) | {"changed": []} == {**NOTHING, "unseen": [WEB]}
    assert chains(store)["gone"] == []
    store.audit(store.estate(chained))
    assert edges(store) | {"changed": []} == NOTHING


def test_a_chain_that_another_way_may_still_be_there(store):
    """The way that was known is closed; another goes by an account whose list was not read."""
    def two(e):
        lists(svc_web=["MSSQLSvc/sql1.contoso.test:1433", "cifs/fs1.contoso.test"], SQL1=["ldap/dc01.contoso.test"],
              FS1=["ldap/dc01.contoso.test"])(e)

    def closed(e):
        two(e)
        e["SQL1"]["msDS-AllowedToDelegateTo"] = []
        e["svc-web"]["msDS-AllowedToDelegateTo"] = ["MSSQLSvc/sql1.contoso.test:1433", "cifs/fs1.contoso.test"]
        del e["FS1"]["userAccountControl"]

    def open_end(e):
        lists(svc_web=["cifs/fs1.contoso.test"], FS1=[])(e)

    store.audit(store.estate(two))
    store.audit(store.estate(closed))
    assert edges(store)["gone"] == ["kcd:SQL1>DC01"] and chains(store)["gone"] == ["SQL1"]
    assert "svc-web" not in chains(store)["came"] + chains(store)["gone"]
    store.audit(store.estate(open_end))
    assert "svc-web" in chains(store)["gone"]


@pytest.mark.parametrize("how", ["list", "rbcd", "unconstrained"])
def test_every_way_comes_and_goes(store, how):
    def build(e):
        estate(e)
        if how == "list":
            e["svc-web"]["msDS-AllowedToDelegateTo"] = ["cifs/fs1.contoso.test"]
        elif how == "rbcd":
            e["FS1"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("svc-web")))
        else:
            e["svc-web"]["userAccountControl"] = 512 | 0x80000

    store.audit(store.estate(estate))
    store.audit(store.estate(build))
    came = store.diff()["edges"]["came"]
    assert [(e["source"], e["target"], e["way"]) for e in came] == [
        ("svc-web", None if how == "unconstrained" else "FS1", {"list": "kcd"}.get(how, how))]
    store.audit(store.estate(estate))
    assert edges(store) == {**NOTHING, "gone": [came[0]["id"]]}


def test_rbcd_whose_descriptor_was_not_exported_is_unseen(store):
    def granted(e):
        estate(e)
        e["FS1"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("svc-web")))

    def broken(e):
        estate(e)
        e["FS1"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = b"\1\0broken"

    store.audit(store.estate(granted))
    store.audit(store.estate(broken))
    assert edges(store) == {**NOTHING, "unseen": ["rbcd:svc-web>FS1"]}


def test_an_account_that_is_not_there_any_more(store):
    """In an export of users and computers it was deleted; an export of computers alone says nothing of users."""
    def deleted(e):
        to_sql(e)
        e.user("somebody")
        del e.entries[next(dn for dn in e.entries if dn.startswith("CN=svc-web,"))]

    def computers(e):
        to_sql(e)
        for dn in [dn for dn, values in e.entries.items()
                   if "user" in values.get("objectClass", []) and "computer" not in values["objectClass"]]:
            del e.entries[dn]

    store.audit(store.estate(to_sql))
    store.audit(store.estate(computers))
    assert edges(store)["unseen"] == [WEB] and edges(store)["gone"] == []
    store.audit(store.estate(deleted))
    assert edges(store)["gone"] == [WEB]


def test_hosts_alone_first_then_everything_once(store):
    """A store that was kept with --scope hosts: what is judged now as well is no news."""
    ldif = store.estate(chained)
    store.audit(ldif, "--scope", "hosts")
    store.audit(ldif, "--scope", "hosts")
    assert store.diff()["edges"] is None and store.diff()["chains"] is None
    assert store.history()["runs"][0]["edges"] is None and store.history()["runs"][0]["reach"] == "hosts"
    store.audit(ldif)
    value = store.diff()
    assert {WEB, SQL} <= {e["id"] for e in value["edges"]["came"]} and {e["by_scope"] for e in value["edges"]["came"]} == {True}
    assert {c["by_scope"] for c in value["chains"]["came"]} == {True} and len(value["chains"]["came"]) == 2
    run_ = store.history()["runs"][0]
    assert run_["edges"]["came"] == run_["chains"]["came"] == 0 and run_["chains"]["count"] == 2
    text = run("diff", "--history", store.path).stdout
    assert "delegations are judged for the first time: the audits before were of hosts alone" in text
    assert "2 chains are judged for the first time" in text and "+ svc-web" not in text
    assert "+ svc-web → SQL1" in run("diff", "-v", "--history", store.path).stdout
    by_scope = {f["id"]: f["by_scope"] for f in value["findings"] if f["change"] == "new"}
    assert by_scope["DEL-08:SQL1"]
    assert "(judged for the first time)" in text
    # Once.
    store.audit(ldif)
    assert not any(f["by_scope"] for f in store.diff()["findings"])
    assert edges(store) == NOTHING and chains(store) == NO_CHAIN
    # Hosts alone again: of delegations nothing is said, and nothing is written.
    before = [store.sql(f"SELECT * FROM {table}") for table in ("edges", "edge_spans", "chains", "chain_spans")]
    store.audit(ldif, "--scope", "hosts")
    assert [store.sql(f"SELECT * FROM {table}") for table in ("edges", "edge_spans", "chains", "chain_spans")] == before
    assert store.diff()["edges"] is None
    assert "Run 5 audited hosts alone: delegations were not checked." in run("diff", "--history", store.path).stdout
    # And what came meanwhile is told then.
    more = lists(svc_web=["MSSQLSvc/sql1.contoso.test:1433", "cifs/fs1.contoso.test"], SQL1=["ldap/dc01.contoso.test"])
    store.audit(store.estate(more))
    assert edges(store) == {**NOTHING, "came": ["kcd:svc-web>FS1"]}
    assert store.diff()["edges"]["came"][0]["by_scope"] is False


def test_the_first_audit_of_all_has_nothing_before_it(store):
    store.audit(store.estate(chained))
    run_ = store.history()["runs"][0]
    assert run_["edges"]["count"] >= 2 and run_["edges"]["came"] == 0 and run_["chains"] == {"count": 2, "came": 0, "gone": 0}


def test_more_chains_than_a_report_lists(store):
    """Who falls off the report's list has not lost the way."""
    def many(first):
        def build(e):
            estate(e)
            e["SQL1"]["msDS-AllowedToDelegateTo"] = ["ldap/dc01.contoso.test"]
            for number in range(first, 260):
                e.user(f"svc{number:03}", servicePrincipalName=[f"HTTP/web{number}.contoso.test"],
                       **{"msDS-AllowedToDelegateTo": ["MSSQLSvc/sql1.contoso.test:1433"]})
                e[f"svc{number:03}"]["userAccountControl"] |= T2A4D
        return build

    store.audit(store.estate(many(20)))
    store.audit(store.estate(many(10)))
    assert chains(store) == {**NO_CHAIN, "came": [f"svc{number:03}" for number in range(10, 20)]}
    assert len(edges(store)["came"]) == 10


def test_what_persists_costs_nothing(store):
    """100 accounts with 4,000 delegations: the next audits write a row each."""
    def many(e):
        estate(e)
        for number in range(40):
            e.host(f"APP{number:02}", uac=HOST, spns=[f"HTTP/app{number:02}.contoso.test"])
        for number in range(100):
            e.user(f"svc{number:03}", servicePrincipalName=[f"HTTP/web{number}.contoso.test"],
                   **{"msDS-AllowedToDelegateTo": [f"HTTP/app{n:02}.contoso.test" for n in range(40)]})

    ldif = store.estate(many)
    store.audit(ldif)
    assert store.history()["runs"][0]["edges"]["count"] >= 4000
    size = store.path.stat().st_size
    tables = ("edges", "edge_spans", "chains", "chain_spans")
    before = [store.sql(f"SELECT * FROM {table}") for table in tables]
    for _ in range(3):
        store.audit(ldif)
    assert [store.sql(f"SELECT * FROM {table}") for table in tables] == before
    assert store.path.stat().st_size - size < 50_000


def test_outputs_hold_to_the_schema_and_hostile_names_are_text(store):
    def hostile(e):
        estate(e)
        e["svc-web"]["msDS-AllowedToDelegateTo"] = ["cifs/\u202eevil", "http/'; DROP TABLE edges; --", "x/" + "y" * 3000]

    store.audit(store.estate(estate))
    store.audit(store.estate(hostile))
    assert len(edges(store)["came"]) == 3
    text = run("diff", "-v", "--history", store.path).stdout
    assert "\u202e" not in text and "DROP TABLE edges" in text
    checked(run("diff", "--history", store.path, "-f", "json").stdout, "diff")
    assert store.sql("SELECT count(*) FROM edges") != [(0,)]


def test_causes_come_and_go(store):
    """What one step ends is one cause, however many findings it has."""
    lost = ["Microsoft Virtual System Migration Service/HV02", "Microsoft Virtual System Migration Service/hv02.contoso.test"]

    def broken(e):
        sound(e)
        e["HV02"]["servicePrincipalName"] = [spn for spn in e["HV02"]["servicePrincipalName"] if spn not in lost]

    store.audit(store.estate(sound))
    store.audit(store.estate(broken), expect=FINDINGS)
    causes = store.diff()["causes"]
    assert [(cause["id"], cause["subject"]) for cause in causes["came"]] == [("spn:HV02", "HV02")] and causes["gone"] == []
    assert causes["came"][0]["findings"] == 1 and "SPN" in causes["came"][0]["title"]
    store.audit(store.estate(sound))
    causes = store.diff()["causes"]
    assert [cause["id"] for cause in causes["gone"]] == ["spn:HV02"] and causes["came"] == []
    # What persists is no news, and neither is a cause of which something is left.
    half = lambda e: (broken(e), e["HV02"]["servicePrincipalName"].append(lost[0]))  # noqa: E731
    store.audit(store.estate(broken), expect=FINDINGS)
    store.audit(store.estate(half), expect=FINDINGS)
    assert store.diff()["causes"] == {"came": [], "gone": []}
