/* The panel: one pair, leg by leg, in the words of `kcdaudit check`. */

const LABELS = ["DNS name", "SPN", "in the list", "test ticket", "RBCD", "unconstrained", "enabled", "not sensitive",
    "not protected", "any protocol", "krbtgt", "not sensitive", "not protected"];
const [DNS_NAME, SPN, LIST, TICKET, RBCD, UNCONSTRAINED, , , , , KRBTGT, OPERATOR] = LABELS.keys();
const LIST_ATTRIBUTE = "msDS-AllowedToDelegateTo";
const RBCD_ATTRIBUTE = "msDS-AllowedToActOnBehalfOfOtherIdentity";
const [MODE_KCD, MODE_RBCD] = [1, 2];
const [PASS, FAIL, DOUBT] = [0, 1, 2];
const CONCERNS = { pair: 1, turned: 2, source: 4, target: 8, all: 16 | 32 }; /* audit/rules.h */

const SENTENCES = {
    ready: ["a live migration can authenticate", "storage on the file server can be reached for the operator"],
    degraded: ["a live migration can authenticate only under a condition", "storage there can be reached only under a condition"],
    unknown: ["it could not be decided", "it could not be decided"],
    broken: ["a live migration cannot authenticate", "storage on the file server cannot be reached"],
};

const panel = find("#panel");
let opener = null;

/* One condition: what was asked, what was seen, where it stands. */
function check(condition) {
    const kind = condition.spared ? "spared" : ["pass", "fail", "unknown"][condition.state];
    const symbol = condition.warn ? "degraded" : { pass: "ready", fail: "broken" }[kind] || kind;
    const word = { pass: "holds: ", fail: "does not hold: ", unknown: "not known: ", spared: "nothing hangs on it: " }[kind];
    return make("li", { class: kind },
        mark(symbol),
        make("span", { class: "label" }, condition.label),
        make("span", {}, make("span", { class: "vh" }, word), condition.seen, " ",
            make("span", { class: "place" }, condition.place)));
}

/* As the data has it: [what, state, name, seen, attribute or place, account]. */
function conditionOf([what, state, name, seen, place, account]) {
    const at = place < 0 ? "" : data.strings[place] + (account < 0 ? "" : " of " + data.strings[account]);
    return { what, state, name: name < 0 ? null : data.strings[name], label: LABELS[what], seen: data.strings[seen], place: at };
}

/* Whether a leg allows this service (null: each) under every name. */
function isAllowed(shape, service) {
    return shape[SHAPE.services].every((verdict, which) =>
        !verdict || (service !== null && service !== which) || (verdict[1] !== 0 && verdict[2] === 0));
}

/* Whether the source's list holds the n-th SPN. */
function listCondition(pair, n, service) {
    const { shape, source, target } = pair;
    const has = Number(shape[SHAPE.list][n]);
    const count = data.sources[source][0];
    const near = shape[SHAPE.near].map((number) => fill(number, source, target, pair.spns));
    const more = shape[SHAPE.more] ? " and " + shape[SHAPE.more] + " more" : "";
    const condition = { what: LIST, label: LABELS[LIST], place: LIST_ATTRIBUTE + " of " + data.names[source],
        state: has === YES ? PASS : has === NO ? FAIL : DOUBT };
    if (has === UNKNOWN)
        condition.seen = "could not be read";
    else if (has === YES)
        condition.seen = "the list has it";
    else if (count === 0)
        condition.seen = "the list is empty";
    else if (near.length)
        condition.seen = "not in the list of " + count + "; for " + data.names[target] + " it holds only: " + near.join(", ") + more;
    else
        condition.seen = "not in the list of " + count + ", nor any entry for " + data.names[target];
    const other = shape[SHAPE.mode] === MODE_RBCD;
    if (has !== NO && (!shape[SHAPE.local] || other)) {
        condition.seen += ", but " + (shape[SHAPE.local] ? "this group is to use RBCD (mode=rbcd)" : "classic delegation ends at the domain");
        condition.state = FAIL;
    }
    condition.spared = other || (condition.state !== PASS && isAllowed(shape, service));
    return condition;
}

/* What the target's descriptor says of the source. */
function rbcdText(bits, source, target) {
    const granted = bits & 3;
    const [present, malformed, named, denyPassed, unevaluated, generic] = [4, 8, 16, 32, 64, 128].map((bit) => (bits & bit) !== 0);
    const descriptor = data.targets[target];
    const aces = descriptor ? plural(descriptor[0], "ACE", "ACEs") : "";
    if (!present)
        return granted === UNKNOWN ? "could not be read" : "no descriptor";
    if (malformed)
        return "does not parse: " + (descriptor && descriptor[1] >= 0 ? data.strings[descriptor[1]] : "");
    if (descriptor && descriptor[1] >= 0)
        return data.strings[descriptor[1]];
    if (generic)
        return "one of " + aces + " names it by a generic right, which a KDC does not map";
    if (granted === YES)
        return "one of " + aces + " grants " + data.names[source] + ", or a group it is in, control access" +
            (unevaluated ? "; object ACEs were passed over" : "");
    if (granted === UNKNOWN)
        return denyPassed ? "granted, but a denial of a kind that is not evaluated may come first" : "other ACEs are in doubt";
    if (named)
        return "one of " + aces + " names it, but control access (0x100) is denied or not granted";
    return "none of " + aces + " names " + data.names[source] + " or a group it is in" +
        (data.sources[source][1] ? "" : " (its groups were not all read)");
}

function rbcdCondition(pair) {
    const { shape, source, target } = pair;
    const granted = shape[SHAPE.rbcd] & 3;
    const condition = { what: RBCD, label: LABELS[RBCD], seen: rbcdText(shape[SHAPE.rbcd], source, target),
        place: RBCD_ATTRIBUTE + " of " + data.names[target], state: granted === YES ? PASS : granted === NO ? FAIL : DOUBT };
    if (granted !== NO && shape[SHAPE.mode] === MODE_KCD) {
        condition.seen += ", but this group is to use the list (mode=kcd)";
        condition.state = FAIL;
    }
    condition.spared = shape[SHAPE.mode] === MODE_KCD || (condition.state !== PASS && isAllowed(shape, null));
    return condition;
}

function proofCondition(pair, text) {
    const results = pair.shape[SHAPE.proof] || [];
    for (const [spn, granted, error] of results) {
        if (fill(spn, pair.source, pair.target, pair.spns) !== text)
            continue;
        const said = fill(error, pair.source, pair.target, pair.spns);
        return { label: "tried for real", place: "S4U2Proxy, KDC", state: [FAIL, PASS, DOUBT][granted],
            seen: ["refused: " + said, "granted", "no answer: " + said][granted] };
    }
    return null;
}

function heading(text, kind) {
    return make("h3", {}, ...(kind ? [mark(kind)] : []), text);
}

function checks(conditions) {
    return make("ul", { class: "checks" }, ...conditions.filter(Boolean).map(check));
}

function drawService(pair, service) {
    const verdict = pair.shape[SHAPE.services][service];
    const [name, spnClass] = SERVICES[service];
    const legs = ["kcd", "rbcd", "unconstrained"].filter((_, bit) => verdict[1] & (1 << bit));
    const parts = [heading(VERDICTS[verdict[0]] + ": " + name + (name === spnClass ? "" : " (" + spnClass + ")") +
        (legs.length ? ", allowed by " + legs.join(" and ") : ""), VERDICTS[verdict[0]])];
    pair.needed.forEach((spn, n) => {
        if (spn.service !== service)
            return;
        const of = (what) => pair.seen.find((condition) => condition.what === what && condition.name === spn.text);
        parts.push(make("div", { class: "leg" }, make("span", { class: "code" }, spn.text),
            checks([of(SPN), listCondition(pair, n, service), of(TICKET), proofCondition(pair, spn.text)])));
    });
    return parts;
}

function drawOtherLegs(pair, facts) {
    const unconstrained = facts.find((fact) => fact.what === UNCONSTRAINED);
    if (unconstrained) {
        unconstrained.spared = unconstrained.state === FAIL;
        unconstrained.warn = unconstrained.state === PASS;
    }
    const descriptor = data.targets[pair.target];
    const parts = [heading("Other legs"),
        checks([...pair.seen.filter((condition) => condition.what === DNS_NAME), rbcdCondition(pair), unconstrained])];
    if (descriptor && descriptor[2].length)
        parts.push(make("details", { class: "more" }, make("summary", {}, "The descriptor's ACEs (" + descriptor[0] + ")"),
            make("ol", { class: "names" }, ...descriptor[2].map((ace) => make("li", { class: "code" }, data.strings[ace])))));
    return parts;
}

function drawEvidence(pair, facts) {
    const parts = [heading("The ticket that " + data.names[pair.source] + " gets for the operator is forwardable"),
        checks(facts.filter((fact) => fact.what > UNCONSTRAINED && fact.what <= KRBTGT))];
    const operators = [...new Set(facts.filter((fact) => fact.what >= OPERATOR).map((fact) => fact.name))];
    for (const name of operators)
        parts.push(heading("The operator " + name + " can be delegated"),
            checks(facts.filter((fact) => fact.what >= OPERATOR && fact.name === name)));
    return parts;
}

function drawProof(pair) {
    const proof = data.sources[pair.source][3];
    if (!proof)
        return [];
    const [user, granted, forwardable, error, meaning] = proof;
    const seen = !granted ? "S4U2Self refused: " + [error, meaning].filter((text) => text >= 0).map((text) => data.strings[text]).join(", ")
        : "S4U2Self granted, " + (forwardable ? "forwardable" : "not forwardable");
    return [heading("Tried for real, on behalf of " + data.strings[user]),
        checks([{ label: "S4U2Self", seen, place: "KDC", state: granted ? PASS : FAIL, warn: granted && !forwardable }])];
}

/* Findings that bear on this direction (audit/concerns.c). */

function concerns(block, source, target) {
    const [bits, restricted] = data.blocks[block.n];
    const about = (number) => block.subjects.includes(number);
    const towards = (number) => block.targets.includes(number);
    if ((bits & (CONCERNS.pair | CONCERNS.turned)) && restricted && block.targets.length) {
        const turned = (bits & CONCERNS.turned) !== 0;
        return turned ? about(target) && towards(source) : about(source) && towards(target);
    }
    if (about(source) && (bits & CONCERNS.source))
        return !restricted || towards(target);
    return (about(target) && (bits & CONCERNS.target) !== 0) || (bits & CONCERNS.all) !== 0;
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

function drawFindings(pair) {
    const bearing = blocks.filter((block) => concerns(block, pair.source, pair.target)).map(({ element }) => element);
    const fixes = new Set(bearing.filter((block) => block.dataset.status === "fail").flatMap(fixesOf));
    if (!bearing.length)
        return [heading("Findings"), make("p", { class: "quiet" }, "None bears on this direction.")];
    const link = (block) => {
        const name = find(".title", block).textContent;
        return make("li", { "data-rule": block.dataset.rule }, find(".severity", block).cloneNode(true), " ",
            make("a", { href: "#" + block.id }, block.dataset.rule + " " + name));
    };
    return [heading("Findings"), make("ul", { class: "panel-findings" }, ...bearing.map(link)),
        ...(fixes.size ? [make("h3", { id: "panel-mend", tabindex: "-1" }, "What mends it"), ...[...fixes].map(copyOf)] : [])];
}

/* All of it. */

function drawTools(pair, findings) {
    const back = verdictOf(pair.target, pair.source);
    const tools = make("div", { class: "panel-tools" });
    const mends = findings.find((part) => part.id === "panel-mend");
    if (mends) {
        const button = make("button", { type: "button" }, "What mends it");
        button.addEventListener("click", () => { mends.scrollIntoView({ block: "start" }); mends.focus({ preventScroll: true }); });
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
    const need = needOf(target, shape);
    const pair = { source, target, shape, needed: need.spns, spns: need.spns.map((spn) => spn.text), seen: need.seen.map(conditionOf) };
    const verdict = VERDICTS[shape[SHAPE.verdict]];
    const facts = data.sources[source][2].map(conditionOf);
    const title = make("h2", { id: "panel-title", tabindex: "-1" }, sentenceOf(source, target));
    const close = make("button", { type: "button", "aria-label": "Close the explanation" }, "Close");
    close.addEventListener("click", closePanel);
    const findings = drawFindings(pair);
    const services = [0, 1].filter((service) => shape[SHAPE.services][service]);
    panel.replaceChildren(
        make("div", { class: "panel-top" }, title, close),
        make("p", { class: "panel-verdict", "data-verdict": verdict }, mark(verdict), verdict + ": " + SENTENCES[verdict][shape[SHAPE.storage]] + "."),
        make("ul", { class: "reasons" }, ...reasonsOf(source, target).map((reason) => make("li", {}, reason))),
        drawTools(pair, findings),
        ...services.flatMap((service) => drawService(pair, service)),
        ...drawOtherLegs(pair, facts),
        ...drawEvidence(pair, facts),
        ...drawProof(pair),
        ...findings);
    select(from);
    panel.hidden = false;
    panel.scrollTop = 0;
    document.documentElement.classList.add("with-panel");
    unlight();
    title.focus({ preventScroll: true });
    keepPair(source, target);
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
    if (back?.localName === "td")
        focusCell(back);
    else
        back?.focus();
}

document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) {
        event.preventDefault();
        closePanel();
    }
});
