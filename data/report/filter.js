/* The filter: what is asked stands in the address, so that it can be shared. */

const form = find("#filter");
const FIELDS = ["text", "host", "rule", "severity", "status", "verdict", "way", "works", "risk"]
    .filter((field) => form.elements[field]);
const state = Object.fromEntries([...FIELDS, "pair"].map((field) => [field, ""]));

const blocks = findAll("#findings .block").map((element, n) => ({
    element, n,
    count: Number(element.dataset.count),
    subjects: numbersOf(data.blocks[n][1]),
    targets: numbersOf(data.blocks[n][2]),
}));
const subjects = findAll("#findings .subject");
const hostRows = findAll("#hosts-table > tbody");
const waivedRows = findAll("#waived tbody tr");
const all = blocks.reduce((sum, block) => sum + block.count, 0);

/* Hosts and names that the host field asks for: the one of that name, else all that contain it; null: any. */
function namesAsked() {
    const asked = state.host.trim().toLowerCase();
    if (!asked)
        return null;
    const names = data.names.map((name) => name.toLowerCase());
    const exact = names.some((name) => name === asked);
    return new Set(names.flatMap((name, n) => (exact ? name === asked : name.includes(asked) || (data.dns[n] || "").toLowerCase().includes(asked)) ? [n] : []));
}

/* The hosts at either end of a pair of that verdict. */
function endsOf(verdict) {
    const ends = new Set();
    for (const [source, line] of shapeNumbers)
        line.forEach((number, target) => {
            if (number && VERDICTS[data.shapes[number - 1][SHAPE.verdict]] === verdict)
                ends.add(source).add(target);
        });
    return ends;
}

/* The pairs that a block bears on: from one of these hosts to one of those; null: from or to any. */
function pairsOf(block) {
    const ends = [block.subjects, block.targets, null];
    return data.blocks[block.n][0].map(([source, target]) => [ends[source], ends[target]]);
}

function bearsOn(block, source, target) {
    return pairsOf(block).some(([from, to]) => (!from || from.includes(source)) && (!to || to.includes(target)));
}

/* Findings of pairs: of such a pair; others: of a host that is an end of one. */
function hasVerdict(block, ends) {
    const pairs = pairsOf(block).filter(([from, to]) => from && to && block.targets.length);
    if (pairs.length)
        return pairs.some(([from, to]) => from.some((one) => to.some((other) => verdictOf(one, other) === state.verdict)));
    return block.subjects.some((number) => ends.has(number));
}

const texts = new WeakMap();
function contains(element, more) {
    const asked = state.text.trim().toLowerCase();
    if (!asked)
        return true;
    if (!texts.has(element))
        texts.set(element, (element.textContent + " " + (more || "")).toLowerCase());
    return texts.get(element).includes(asked);
}

function filterFindings(names, ends) {
    let shown = 0;
    for (const block of blocks) {
        const { element } = block;
        const people = () => block.subjects.map((n) => data.names[n]).join(" ");
        const fits = (!state.rule || element.dataset.rule === state.rule) &&
            (!state.severity || element.dataset.severity === state.severity) &&
            (!state.status || element.dataset.status === state.status) &&
            (!names || block.subjects.some((n) => names.has(n)) || block.targets.some((n) => names.has(n))) &&
            (!ends || hasVerdict(block, ends)) &&
            contains(element, people());
        element.hidden = !fits;
        shown += fits ? block.count : 0;
    }
    for (const subject of subjects)
        subject.hidden = !find(".block:not([hidden])", subject);
    find("#findings-count").textContent = thousands(shown) + " of " + plural(all, "finding", "findings") + " shown";
}

function filterWaived(names) {
    const named = (row) => !names || [...names].some((n) => [1, 2].some((c) => row.cells[c].textContent.split(", ").includes(data.names[n]))) ||
        [1, 2].some((c) => row.cells[c].textContent.toLowerCase().includes(state.host.trim().toLowerCase()));
    for (const row of waivedRows)
        row.hidden = !((!state.rule || row.dataset.rule === state.rule) &&
            (!state.severity || row.dataset.severity === state.severity) &&
            (!state.status || state.status === "waived") && named(row) && contains(row));
    const section = find("#waived");
    if (section)
        section.hidden = waivedRows.every((row) => row.hidden);
}

function filterHosts(names, ends) {
    let shown = 0;
    hostRows.forEach((body) => {
        const n = Number(body.dataset.host);
        const fits = (!names || names.has(n)) && (!ends || ends.has(n)) && contains(body);
        body.hidden = !fits;
        shown += fits ? 1 : 0;
    });
    find("#hosts-count").textContent = thousands(shown) + " of " + plural(HOSTS, "host", "hosts") + " shown";
}

function dimCells({ table, rows, columns }, names) {
    table.classList.toggle("by-host", names !== null);
    [...table.tBodies[0].rows].forEach((row, r) => {
        row.classList.toggle("off", names !== null && !names.has(rows[r]));
        columns.forEach((host, c) => row.cells[c + 1].classList.toggle("on", names !== null && names.has(host)));
    });
}

function filterMatrix(names) {
    for (const view of views) {
        for (const verdict of VERDICTS)
            view.table.classList.toggle("only-" + verdict[0], state.verdict === verdict);
        if (view.picture)
            veilMap(view, names);
        else
            dimCells(view, names);
    }
}

function apply() {
    const names = namesAsked();
    const ends = state.verdict ? endsOf(state.verdict) : null;
    filterFindings(names, ends);
    filterWaived(names);
    filterHosts(names, ends);
    filterMatrix(names);
    filterEdges(names);
    for (const field of FIELDS)
        form.elements[field].classList.toggle("active", state[field] !== "");
}

/* The address. */

function writeAddress() {
    const asked = new URLSearchParams(Object.entries(state).filter(([, value]) => value !== ""));
    const hash = asked.toString();
    if (window.location.hash.slice(1) === hash || (!hash && !window.location.hash))
        return;
    window.history.replaceState(null, "", hash ? "#" + hash : window.location.pathname + window.location.search);
}

function keepPair(source, target) {
    state.pair = source === null ? "" : data.names[source] + ">" + data.names[target];
    writeAddress();
}

function readAddress() {
    const hash = window.location.hash.slice(1);
    if (!hash.includes("="))
        return;
    const asked = new URLSearchParams(hash);
    for (const field of FIELDS) {
        form.elements[field].value = asked.get(field) || "";
        state[field] = form.elements[field].value;
    }
    apply();
    openAsked(asked.get("pair"));
}

function openAsked(pair) {
    const [source, target] = (pair || "").split(">").map((name) => data.names.indexOf(name));
    if (target >= 0 && source >= 0 && source < HOSTS && target < HOSTS && shapeOf(source, target)) {
        const cell = cellOfPair(source, target);
        openPanel(source, target, cell);
        unfoldTo(cell);
        cell?.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    } else if (!panel.hidden) {
        closePanel();
    }
}

let waiting = 0;
/* Fields of the form may stand elsewhere on the page. */
document.addEventListener("input", (event) => {
    if (event.target.form !== form)
        return;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => {
        for (const field of FIELDS)
            state[field] = form.elements[field].value;
        apply();
        writeAddress();
    }, 120);
});
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => window.setTimeout(() => {
    for (const field of FIELDS)
        state[field] = "";
    apply();
    writeAddress();
    speak("The filter is reset.");
}));
window.addEventListener("hashchange", readAddress);
