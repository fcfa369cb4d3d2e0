/* The panel: one pair, way by way, in the words of `kcdaudit check`: they come with the data. */

/* How a condition is drawn: its class, its mark, and the word for screen readers. */
const DRAWN = [["pass", "ready", "holds: "], ["fail", "broken", "does not hold: "], ["unknown", "unknown", "not known: "],
    ["spared", "spared", "nothing hangs on it: "], ["pass", "degraded", "holds: "]];

const panel = find("#panel");
let opener = null;

function heading(text, kind) {
    return make("h3", {}, ...(kind ? [mark(kind)] : []), text);
}

/* One condition: what was asked, what was seen, where it stands. */
function check(pair, number) {
    const [label, drawn, seen, where] = data.conditions[number];
    const [kind, symbol, word] = DRAWN[drawn];
    return make("li", { class: kind },
        mark(symbol),
        make("span", { class: "label" }, data.strings[label]),
        make("span", {}, make("span", { class: "vh" }, word), fill(seen, pair.source, pair.target), " ",
            make("span", { class: "place" }, where < 0 ? "" : fill(where, pair.source, pair.target))));
}

function checks(pair, conditions) {
    return make("ul", { class: "checks" }, ...conditions.map((number) => check(pair, number)));
}

/* A service, and each SPN it needs. */
function drawService(pair, [verdict, text], sections) {
    return [heading(data.strings[text], VERDICTS[verdict]),
        ...sections.map(([, title, conditions]) =>
            make("div", { class: "leg" }, make("span", { class: "code" }, fill(title, pair.source, pair.target)), checks(pair, conditions)))];
}

function drawSections(pair, sections) {
    return sections.flatMap(([, title, conditions]) => [heading(fill(title, pair.source, pair.target)), checks(pair, conditions)]);
}

function drawDescriptor(pair) {
    const descriptor = data.targets[pair.target];
    if (!descriptor)
        return [];
    const [count, aces] = descriptor;
    return [make("details", { class: "more" },
        make("summary", {}, "The ACEs of the RBCD descriptor of " + data.names[pair.target] + " (" + count + ")"),
        make("ol", { class: "names" }, ...aces.map((ace) => make("li", { class: "code" }, data.strings[ace]))))];
}

/* The fixes that a block shows or points at. */
function fixesOf(block) {
    const pointed = findAll(".elsewhere a", block).map((link) => document.getElementById(link.getAttribute("href").slice(1)));
    return [...findAll(".fix", block), ...pointed].filter(Boolean);
}

function copyOf(fix) {
    const copy = fix.cloneNode(true);
    copy.removeAttribute("id");
    findAll("[id]", copy).forEach((element) => element.removeAttribute("id"));
    return copy;
}

function drawFindings(bearing, none) {
    const fixes = new Set(bearing.filter((block) => block.dataset.status === "fail").flatMap(fixesOf));
    if (!bearing.length)
        return [heading("Findings"), make("p", { class: "quiet" }, none)];
    const link = (block) => {
        const name = find(".title", block).textContent;
        return make("li", { "data-rule": block.dataset.rule }, find(".severity", block).cloneNode(true), " ",
            make("a", { href: "#" + block.id }, block.dataset.rule + " " + name));
    };
    return [heading("Findings"), make("ul", { class: "panel-findings" }, ...bearing.map(link)),
        ...(fixes.size ? [make("h3", { id: "panel-fix", tabindex: "-1" }, "How to fix it"), ...[...fixes].map(copyOf)] : [])];
}

/* All of it. */

function drawTools(pair, findings) {
    const back = pair && verdictOf(pair.target, pair.source);
    const tools = make("div", { class: "panel-tools" });
    const fix = findings.find((part) => part.id === "panel-fix");
    if (fix) {
        const button = make("button", { type: "button" }, "How to fix it");
        button.addEventListener("click", () => { fix.scrollIntoView({ block: "start" }); fix.focus({ preventScroll: true }); });
        tools.append(button);
    }
    if (back) {
        const button = make("button", { type: "button" }, "The way back: ", mark(back), back);
        button.addEventListener("click", () => openPanel(pair.target, pair.source, cellOfPair(pair.target, pair.source) || opener));
        tools.append(button);
    }
    return tools;
}

function openPanel(source, target, from) {
    const shape = shapeOf(source, target);
    const pair = { source, target };
    const verdict = VERDICTS[shape[SHAPE.verdict]];
    const sections = shape[SHAPE.sections].map((number) => data.sections[number]);
    const findings = drawFindings(blocks.filter((block) => bearsOn(block, source, target)).map(({ element }) => element), "None bears on this direction.");
    fillPanel(from,
        sentenceOf(source, target),
        make("p", { class: "panel-verdict", "data-verdict": verdict }, mark(verdict), verdict + ": " + data.strings[shape[SHAPE.sentence]] + "."),
        make("ul", { class: "reasons" }, ...reasonsOf(source, target).map((reason) => make("li", {}, reason))),
        drawTools(pair, findings),
        ...shape[SHAPE.services].flatMap((service, which) =>
            service ? drawService(pair, service, sections.filter(([of]) => of === which)) : []),
        ...drawSections(pair, sections.filter(([of]) => of < 0)),
        ...drawDescriptor(pair),
        ...findings);
    keepPair(source, target);
}

/* Opens the panel with a title and what stands below it. */
function fillPanel(from, text, ...parts) {
    const title = make("h2", { id: "panel-title", tabindex: "-1" }, text);
    const close = make("button", { type: "button", "aria-label": "Close the explanation" }, "Close");
    close.addEventListener("click", closePanel);
    panel.replaceChildren(make("div", { class: "panel-top" }, title, close), ...parts.filter(Boolean));
    select(from);
    panel.hidden = false;
    panel.scrollTop = 0;
    document.documentElement.classList.add("with-panel");
    unlight();
    title.focus({ preventScroll: true });
}

function select(cell) {
    find("td[aria-selected]")?.removeAttribute("aria-selected");
    opener = cell;
    if (cell?.localName === "td")
        cell.setAttribute("aria-selected", "true");
}

function closePanel() {
    if (panel.hidden)
        return;
    const back = opener;
    panel.hidden = true;
    panel.replaceChildren();
    document.documentElement.classList.remove("with-panel");
    select(null);
    keepPair(null, null);
    const place = placeOf(back);
    if (place)
        focusCell(place);
    else
        back?.focus();
}

document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) {
        event.preventDefault();
        closePanel();
    }
});
