/* The matrix: pointing at a cell, moving through it, sizes. A place is { view, r, c }: a table, and the numbers of a row
   and a column in it. */

const CELL_SIZES = [4, 6, 8, 11, 14, 20, 26, 34, 44];

const views = findAll("table.matrix").map((table) => {
    const [rows, columns] = data.groups[table.dataset.group];
    return {
        table, rows, columns, picture: find("svg.cells", table), current: null, asked: null,
        shownRows: [...rows.keys()], shownColumns: [...columns.keys()],
    };
});

function cellOf({ view, r, c }) {
    return view.picture ? mapCell(view, r, c) : view.table.tBodies[0].rows[r].cells[c + 1];
}

/* The place of a cell, or below the pointer; null: of neither. */
function placeOf(cell, x) {
    const table = cell?.closest("table.matrix");
    if (!table || cell.localName !== "td")
        return null;
    const view = views.find((one) => one.table === table);
    const c = cell.column ?? (cell.classList.contains("run") ? mapColumn(view, cell, x) : cell.cellIndex - 1);
    return { view, r: cell.parentNode.rowIndex - 1, c };
}

/* { source, target }; null where there is no pair. */
function pairAt({ view, r, c }) {
    const source = view.rows[r], target = view.columns[c];
    return shapeOf(source, target) ? { source, target } : null;
}

function cellOfPair(source, target) {
    for (const view of views) {
        const r = view.rows.indexOf(source), c = view.columns.indexOf(target);
        if (r >= 0 && c >= 0)
            return cellOf({ view, r, c });
    }
    return null;
}

/* Where the pointer or the focus is. */

function sentenceOf(source, target) {
    return data.names[source] + " → " + data.names[target];
}

const tip = find("#tip");
const where = find("#where");
const whereFirst = where ? where.textContent : "";
let lit = null;

function boxOf({ view, r, c }) {
    return view.picture ? mapBox(view, r, c) : cellOf({ view, r, c }).getBoundingClientRect();
}

function crossOf(table) {
    const scroller = table.parentNode;
    if (!scroller.cross) {
        scroller.cross = [make("div", { class: "cross", hidden: "" }), make("div", { class: "cross", hidden: "" })];
        scroller.append(...scroller.cross);
    }
    return scroller.cross;
}

function setBox(box, left, top, width, height) {
    Object.assign(box.style, { left: left + "px", top: top + "px", width: width + "px", height: height + "px" });
    box.hidden = false;
}

function drawCross({ table }, box) {
    const [across, down] = crossOf(table);
    const whole = table.getBoundingClientRect();
    setBox(across, table.offsetLeft, box.top - whole.top + table.offsetTop, whole.width, box.height);
    setBox(down, box.left - whole.left + table.offsetLeft, table.offsetTop, box.width, whole.height);
}

function unlight() {
    if (!lit)
        return;
    const table = lit.view.table;
    crossOf(table).forEach((box) => { box.hidden = true; });
    findAll(".lit", table).forEach((head) => head.classList.remove("lit"));
    lit = null;
    tip.hidden = true;
    where.textContent = whereFirst;
}

function light(place) {
    if (lit && lit.view === place.view && lit.r === place.r && lit.c === place.c)
        return;
    unlight();
    const pair = pairAt(place);
    if (!pair)
        return;
    lit = place;
    const table = place.view.table, box = boxOf(place);
    drawCross(place.view, box);
    table.tBodies[0].rows[place.r].cells[0].classList.add("lit");
    table.tHead.rows[0].cells[place.c + 1].classList.add("lit");
    describe(pair, box);
}

function describe(pair, box) {
    const verdict = verdictOf(pair.source, pair.target);
    const reasons = reasonsOf(pair.source, pair.target);
    const more = reasons.length > 1 ? " (and " + (reasons.length - 1) + " more)" : "";
    const line = () => [make("strong", {}, sentenceOf(pair.source, pair.target)), " ", mark(verdict), verdict,
        reasons.length ? ": " + reasons[0] + more : ""];
    where.replaceChildren(...line());
    tip.replaceChildren(...line());
    tip.hidden = false;
    const left = Math.min(box.right + 10, window.innerWidth - tip.offsetWidth - 8);
    const below = box.bottom + 10 + tip.offsetHeight < window.innerHeight;
    Object.assign(tip.style, { left: Math.max(8, left) + "px",
        top: (below ? box.bottom + 10 : box.top - tip.offsetHeight - 10) + "px" });
}

/* Moving by keys: one cell of a table takes the focus. */

function rove(place) {
    const { view } = place, cell = cellOf(place), pair = pairAt(place);
    view.current?.removeAttribute("tabindex");
    view.current = cell;
    cell.setAttribute("tabindex", "0");
    cell.setAttribute("aria-label", pair
        ? data.names[pair.source] + " to " + data.names[pair.target] + ": " + verdictOf(pair.source, pair.target)
        : "no pair");
    return cell;
}

function focusCell(place) {
    const cell = rove(place);
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
}

/* Of numbers that are shown, the one that is so many further, as far as there is one. */
function further(shown, from, by) {
    const at = shown.findLastIndex((number) => number <= from);
    return shown[Math.min(shown.length - 1, Math.max(0, at + by))] ?? from;
}

function step({ view, r, c }, rows, columns) {
    return { view, r: further(view.shownRows, r, rows), c: further(view.shownColumns, c, columns) };
}

const FAR = 100000, PAGE = 10;
const KEYS = {
    ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
    Home: [0, -FAR], End: [0, FAR], PageUp: [-PAGE, 0], PageDown: [PAGE, 0],
};

function onMatrixKey(event) {
    const cell = event.target.closest("td"), place = placeOf(cell);
    if (!place || event.altKey || event.metaKey)
        return;
    if (event.key === "Enter" || event.key === " ") {
        const pair = pairAt(place);
        if (pair)
            openPanel(pair.source, pair.target, cell);
    } else if (KEYS[event.key]) {
        const [rows, columns] = KEYS[event.key];
        let next = step(place, rows, columns);
        if (event.ctrlKey && (event.key === "Home" || event.key === "End"))
            next = step(next, event.key === "Home" ? -FAR : FAR, 0);
        focusCell(next);
    } else {
        return;
    }
    event.preventDefault();
}

/* Sizes. */

function resize(table, by) {
    const now = table.cellSize || parseInt(getComputedStyle(table).getPropertyValue("--cell"), 10);
    const at = CELL_SIZES.indexOf(now);
    const size = CELL_SIZES[Math.min(CELL_SIZES.length - 1, Math.max(0, at + by))];
    table.cellSize = size;
    table.style.setProperty("--cell", size + "px");
    table.style.setProperty("--font", Math.min(13, Math.max(9, Math.round(size * .45) + 4)) + "px");
    table.classList.toggle("tiny", size < 10);
    unlight();
}

/* Hides the rows and columns all of whose pairs are ready. */
function showSlips(only) {
    for (const view of views) {
        const { table, rows, columns } = view;
        const slip = (r, c) => { const verdict = verdictOf(rows[r], columns[c]); return verdict && verdict !== "ready"; };
        const all = [[...rows.keys()], [...columns.keys()]];
        view.shownRows = all[0].filter((r) => !only || all[1].some((c) => slip(r, c)));
        view.shownColumns = all[1].filter((c) => !only || all[0].some((r) => slip(r, c)));
        hideLines(table, new Set(view.shownRows), new Set(view.shownColumns), !view.picture);
        if (view.picture)
            redrawMap(view);
    }
    unlight();
}

function hideLines(table, rows, columns, cells) {
    const hide = (line) => [...line.cells].slice(1).forEach((cell, c) => { cell.hidden = !columns.has(c); });
    hide(table.tHead.rows[0]);
    [...table.tBodies[0].rows].forEach((row, r) => {
        row.hidden = !rows.has(r);
        if (cells)
            hide(row);
    });
}

for (const view of views) {
    const { table, columns } = view;
    const point = (event) => {
        const place = placeOf(event.target.closest("td"), event.clientX);
        if (place)
            light(place);
    };
    table.setAttribute("role", "grid");
    if (view.picture)
        describeMap(view);
    const c = columns.findIndex((_, number) => pairAt({ view, r: 0, c: number }));
    if (c >= 0)
        rove({ view, r: 0, c });
    table.addEventListener(view.picture ? "mousemove" : "mouseover", point);
    table.addEventListener("mouseleave", unlight);
    table.addEventListener("focusin", point);
    table.addEventListener("focusout", unlight);
    table.addEventListener("keydown", onMatrixKey);
    table.addEventListener("click", (event) => {
        const place = placeOf(event.target.closest("td"), event.clientX);
        const pair = place && pairAt(place);
        if (pair)
            openPanel(pair.source, pair.target, rove(place));
    });
}

find("#smaller")?.addEventListener("click", () => views.forEach(({ table }) => resize(table, -1)));
find("#larger")?.addEventListener("click", () => views.forEach(({ table }) => resize(table, 1)));
find("#only-slips")?.addEventListener("change", (event) => showSlips(event.target.checked));
