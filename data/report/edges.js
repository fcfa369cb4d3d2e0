/* Delegations: their filter, and the panel of one. An edge of the data: [source, target or -1, by SPN 0 or [source,
   target, sections], the numbers of findings]; all else stands in its row. */

const edgeRows = findAll("#edges-table > tbody").map((element, n) => ({ element, n }));
for (const { element } of edgeRows)
    find(".edge-more", element).append(make("button", { type: "button", class: "explain" }, "Explain"));
const KINDS = { risk: (row, asked) => asked === "any" ? row.dataset.atRisk !== undefined : row.dataset.risk.split(" ").includes(asked),
    way: (row, asked) => row.dataset.way === asked, works: (row, asked) => row.dataset.works === asked };

function filterEdges(names) {
    const count = find("#edges-count");
    if (!count)
        return;
    let shown = 0;
    for (const { element, n } of edgeRows) {
        const [source, target] = data.edges[n];
        const fits = (!names || names.has(source) || names.has(target)) && contains(element) &&
            Object.entries(KINDS).every(([field, fit]) => !state[field] || fit(element, state[field]));
        element.hidden = !fits;
        shown += fits ? 1 : 0;
    }
    count.textContent = thousands(shown) + " of " + plural(edgeRows.length, "delegation", "delegations") + " shown";
}

/* The conditions of all its SPNs; what several have in common once. */
function drawEdgeSpns(element, spns) {
    const rows = findAll("details tbody tr", element);
    const common = new Map();
    const parts = spns.flatMap((spn, i) => {
        const [name, works, why] = rows[i].cells;
        const [source, target, sections] = spn || [0, 0, []];
        const pair = { source, target };
        const own = [];
        for (const number of sections) {
            const [service, title, conditions] = data.sections[number];
            if (service < 0)
                common.set([number, source, target].join(), drawSections(pair, [[service, title, conditions]]));
            else
                own.push(checks(pair, conditions));
        }
        return [make("h3", {}, ...[...works.cloneNode(true).childNodes].slice(0, 1), make("span", { class: "code" }, name.textContent)),
            ...[...why.cloneNode(true).children], ...own];
    });
    return [...parts, ...[...common.values()].flat()];
}

function openEdge(n, from) {
    const { element } = edgeRows[n];
    const [, , spns, about] = data.edges[n];
    const [source, way, named, owner] = element.rows[0].cells;
    const who = (cell) => (find(".who", cell) || cell).textContent;
    const verdict = element.dataset.works;
    const findings = drawFindings(about.map((number) => blocks[number].element), "None bears on this delegation.");
    const reasons = find("details > .reasons", element);
    fillPanel(from, who(source) + " → " + (find(".who", owner) ? who(owner) : named.textContent) + ", " + way.textContent,
        make("p", { class: "panel-verdict", "data-verdict": verdict }, mark(verdict), verdict),
        make("p", {}, find(".sentence", element).textContent),
        reasons && reasons.cloneNode(true),
        drawTools(null, findings),
        ...drawEdgeSpns(element, spns),
        ...findings);
    keepPair(null, null);
}

find("#edges-table")?.addEventListener("click", (event) => {
    const button = event.target.closest("button.explain");
    if (button)
        openEdge(edgeRows.findIndex(({ element }) => element.contains(button)), button);
});
