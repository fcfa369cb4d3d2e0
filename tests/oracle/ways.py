"""`mode=` and `by`: what is said of one way alone is proved with the other taken out of the directory."""

import base64
import copy
import json

import changes
import truth

LIST, DESCRIPTOR = "msDS-AllowedToDelegateTo", "msDS-AllowedToActOnBehalfOfOtherIdentity"
# So that no list becomes empty, which would change S4U2Self.
NOBODY = b"cifs/nobody.contoso.test"


def try_ways(run):
    held = changes.state(run)
    ways = {"kcd": strip(run, held, DESCRIPTOR), "rbcd": strip(run, held, LIST)}
    for mode, (estate, answers) in ways.items():
        proof = truth.Proof(estate, answers)
        run.counts["proofs"] += proof.count
        run.kept[f"only-{mode}-proofs.json"] = answers
        run.kept[f"only-{mode}.json"] = report = run.audit(mode=mode)
        run.judge(report, proof, f"(mode={mode}) ", "mode or by", known=run.wrong_pairs)
        judge_by(run, mode, proof)


def strip(run, held, attribute):
    """Without the attribute: the model and the answers; then everything as before."""
    estate = copy.deepcopy(run.estate)
    for host in estate.hosts:
        if attribute == LIST:
            host.list = [NOBODY.decode()] if host.list else []
        else:
            host.aces, host.raw_descriptor, host.no_dacl = [], None, False
    had = {host: values[attribute] for host, values in held.items() if values[attribute]}
    replace(run, attribute, {host: [NOBODY] if attribute == LIST else [] for host in had})
    try:
        return estate, truth.prove(run.lab, run.prover, run.keytab, truth.jobs(estate))
    finally:
        replace(run, attribute, had)


def replace(run, attribute, hosts):
    records = [(run.dn_of(host), attribute, [base64.b64encode(value).decode() for value in sorted(values)])
               for host, values in hosts.items()]
    changes.as_system(run, changes.REPLACE, json.dumps(records))


def judge_by(run, way, proof):
    """What `by` names for a ready service is what the KDC grants some name by, and the other way round."""
    for pair in run.live["pairs"]:
        source, target = run.estate.of(pair["source"]), run.estate.of(pair["target"])
        for service, judged in pair["services"].items():
            names = target.names(truth.SERVICES[service], "both" if target.dns_name else "short")
            found = [proof.ways[source.name, target.name, spn] for spn in names]
            if judged["verdict"] != "ready" or None in found or run.proof.of(source, target, service) != truth.READY:
                continue
            if (way in judged["by"]) != any("s4u" in each for each in found):
                run.say("mode or by", f"{source.name} > {target.name} {service} is ready by {judged['by']}, and by "
                        f"{way} alone {found}")
