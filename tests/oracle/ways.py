"""`mode=` and `by`: what is said of one way alone is proved with the other taken out of the directory."""

import copy

import changes
import truth

LIST, DESCRIPTOR = "msDS-AllowedToDelegateTo", "msDS-AllowedToActOnBehalfOfOtherIdentity"
# So that no list becomes empty, which would change S4U2Self.
NOBODY = b"cifs/nobody.contoso.test"


def try_ways(run):
    held = changes.state(run)
    ways = {"kcd": strip(run, held, DESCRIPTOR), "rbcd": strip(run, held, LIST)}
    for mode, proof in ways.items():
        run.kept[f"only-{mode}-proofs.json"] = proof.answers
        run.kept[f"only-{mode}.json"] = report = run.audit(mode=mode)
        run.judge(report, proof, f"(mode={mode}) ", "mode or by", known=run.wrong_pairs)
        judge_by(run, mode, proof)


def strip(run, held, attribute):
    """The truth without the attribute; then everything as before."""
    estate = copy.deepcopy(run.estate)
    for host in estate.hosts:
        if attribute == LIST:
            host.list = [NOBODY.decode()] if host.list else []
        else:
            host.aces, host.raw_descriptor, host.no_dacl = [], None, False
    stripped = {host: ([NOBODY] if attribute == LIST else [], values[attribute])
                for host, values in held.items() if values[attribute]}
    with changes.replaced(run, attribute, stripped):
        return run.prove(estate)


def judge_by(run, way, proof):
    """What `by` names for a ready service is what the KDC grants some name by, and the other way round."""
    for pair in run.live["pairs"]:
        source, target = run.estate.of(pair["source"]), run.estate.of(pair["target"])
        for service in truth.SERVICES:
            judged = pair["services"].get(service)
            if not judged:
                continue
            names = target.names(truth.SERVICES[service], "both" if target.dns_name else "short")
            found = [proof.ways[source.name, target.name, spn] for spn in names]
            if judged["verdict"] != "ready" or None in found or run.proof.of(source, target, service) != truth.READY:
                continue
            if (way in judged["by"]) != any("s4u" in each for each in found):
                run.say("mode or by", f"{source.name} > {target.name} {service} is ready by {judged['by']}, and by "
                        f"{way} alone {found}")
