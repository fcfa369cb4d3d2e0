"""Rows that read files."""
import re
import statistics
import sys
import time

from frame import PAIRS, ROOT, Unable, Used, elsewhere, median, place, ratio, run, say, turns

AUDIT = ["audit", "-c", "/dev/null", "--no-history"]


def write(module, shape, path, count, mesh=None):
    """A shape of tests/growth/estates.py or tests/browser/estates.py, as LDIF."""
    sys.path.insert(0, str(ROOT / "tests" / module))
    import estates
    if module == "browser":
        estate, _ = getattr(estates, shape)(count)
    else:
        estates.MESH = mesh or estates.MESH
        estate = estates.Many()
        getattr(estates, shape)(estate, count)
    path.write_text(estate.ldif("made for the bench"))


def audited(binary, path, *options):
    """Of live migration alone."""
    return run([binary, *AUDIT, "--scope", "hosts", "--ldif", path, *options])


def large(row, binary, hosts, mesh, goals):
    """An export of many hosts, beside half of it."""
    with place() as directory:
        paths = {"half": directory / "half.ldif", "whole": directory / "whole.ldif"}
        for (_, path), count in zip(paths.items(), (hosts // 2, hosts)):
            elsewhere(write, "growth", "meshes", path, count, mesh)
        size = paths["whole"].stat().st_size / 1e6
        used = turns(**{name: lambda path=path: audited(binary, path) for name, path in paths.items()})
    for what, goal in goals.items():
        if what == "rate":
            say(row, f"{hosts:,} hosts in {mesh} ({size:.0f} MB) read and judged", size / median(used["whole"], "cpu"), " MB/s", goal, more=True)
        elif what == "memory":
            say(row, "memory against the file", median(used["whole"], "memory") * 1.048576 / size, "x", goal)
        elif what == "cpu":
            say(row, f"{hosts:,} hosts in {mesh}, CPU", median(used["whole"], "cpu"), " s", goal)
        else:
            say(row, "twice the hosts, CPU", ratio(used["whole"], used["half"], "cpu"), "x", goal)


def offline_64(row, binary):
    large(row, binary, 10000, 64, {"rate": 100, "memory": 1.5, "growth": 2.2})


def offline_20(row, binary):
    large(row, binary, 50000, 20, {"cpu": 8, "growth": 2.2})


def rbcd(row, binary):
    sizes = (500, 1000, 2000)
    with place() as directory:
        paths = {str(size): directory / f"{size}.ldif" for size in sizes}
        for size, path in paths.items():
            elsewhere(write, "growth", "rbcd", path, int(size))
        used = turns(**{size: lambda path=path: audited(binary, path) for size, path in paths.items()})
    for less, more in (("500", "1000"), ("1000", "2000")):
        say(row, f"{more} hosts against {less}, CPU", ratio(used[more], used[less], "cpu"), "x", 2.2, "2 (linear)")


def mesh(row, binary, hosts, goals):
    """One group whose delegation is nearly all missing: what comes out, and what it takes."""
    with place() as directory:
        path = directory / "mesh.ldif"
        elsewhere(write, "browser", "missing", path, hosts)
        outs = {name: directory / f"report.{name}" for name in ("json", "csv", "text")}
        used = {name: turns(it=lambda name=name, out=out: audited(binary, path, "--host", "HV*", "-f", f"{name}:{out}"))["it"]
                for name, out in outs.items() if name in goals or name == "json"}
        for name in used:
            if name in goals:
                say(row, f"{hosts:,} hosts, {name}", outs[name].stat().st_size / 1e6, " MB", goals[name])
    say(row, f"{hosts:,} hosts as JSON, memory", median(used["json"], "memory"), " MiB", goals["memory"])
    say(row, f"{hosts:,} hosts as JSON, CPU", median(used["json"], "cpu"), " s", goals["cpu"])


def mesh_300(row, binary):
    mesh(row, binary, 300, {"json": 60, "csv": 3, "text": 0.2, "memory": 250, "cpu": 3})


def mesh_1000(row, binary):
    mesh(row, binary, 1000, {"memory": 1024, "cpu": 10})


def html(row, binary):
    """Until the page has loaded; the floor is the same page without its matrix."""
    sys.path.insert(0, str(ROOT / "tests/browser"))
    import report
    if why := report.obstacle():
        raise Unable(why)
    for case in ("mixed:300", "missing:300"):
        with place() as directory:
            ldif, conf = report.estate_of(case, directory)
            pages = {"without": directory / "without.html", "whole": directory / "whole.html"}
            audited(binary, ldif, "-c", conf, "--all-pairs", "-f", f"html:{pages['whole']}")
            pages["without"].write_text(re.sub('<table class="matrix.*?</table>', "", pages["whole"].read_text(), flags=re.S))
            browser = report.Browser()
            try:
                loads = {name: statistics.median(load(browser, page) for _ in range(PAIRS)) for name, page in pages.items()}
                elements = browser.js("return document.querySelectorAll('*').length")
            finally:
                browser.quit()
        say(row, f"{case} loaded, {elements:,} elements", loads["whole"], " s", 1.2, f"{loads['without']:.2f} s without it")


def load(browser, page):
    browser.open(page)
    # The load is over when the first frame after it has been drawn.
    start = time.monotonic()
    browser.driver.execute_async_script("const done = arguments[0]; requestAnimationFrame(() => setTimeout(done))")
    return browser.load_seconds + time.monotonic() - start


def start_up(row, binary):
    def often(argv):
        return lambda: Used(*map(sum, zip(*(run(argv) for _ in range(20)))))
    used = turns(ours=often([binary, "--version"]), theirs=often(["ldapsearch", "-VV"]))
    say(row, "kcdaudit --version : ldapsearch -VV", ratio(used["ours"], used["theirs"]), "x", 1)


ROWS = {"offline-10000": offline_64, "offline-50000": offline_20, "rbcd": rbcd, "mesh-300": mesh_300, "mesh-1000": mesh_1000,
        "html": html, "start-up": start_up}
