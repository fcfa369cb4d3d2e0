/* The matrix: pointing at a cell, moving through it, sizes. */

const CELL_SIZES = [4, 6, 8, 11, 14, 20, 26, 34, 44];
const tables = findAll("table.matrix");

/* [table, source, target] of a cell; null where there is no pair. */
function pairOfCell(cell) {
    const table = cell.closest("table.matrix");
    const [rows, columns] = data.groups[table.dataset.group];
    const source = rows[cell.parentNode.rowIndex - 1];
    const target = columns[cell.cellIndex - 1];
    return shapeOf(source, target) ? { table, source, target } : null;
}

function cellOfPair(source, target) {
    for (const table of tables) {
        const [rows, columns] = data.groups[table.dataset.group];
        const r = rows.indexOf(source), c = columns.indexOf(target);
        if (r >= 0 && c >= 0)
            return table.tBodies[0].rows[r].cells[c + 1];
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
let litCell = null;

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

function unlight() {
    if (!litCell)
        return;
    const table = litCell.closest("table");
    crossOf(table).forEach((box) => { box.hidden = true; });
    findAll(".lit", table).forEach((head) => head.classList.remove("lit"));
    litCell = null;
    tip.hidden = true;
    where.textContent = whereFirst;
}

function light(cell) {
    if (litCell === cell)
        return;
    unlight();
    const pair = pairOfCell(cell);
    if (!pair)
        return;
    litCell = cell;
    const table = pair.table, row = cell.parentNode;
    const [across, down] = crossOf(table);
    setBox(across, 0, cell.offsetTop + table.offsetTop, table.offsetWidth, cell.offsetHeight);
    setBox(down, cell.offsetLeft + table.offsetLeft, 0, cell.offsetWidth, table.offsetHeight);
    row.cells[0].classList.add("lit");
    table.tHead.rows[0].cells[cell.cellIndex].classList.add("lit");
    describe(pair, cell);
}

function describe(pair, cell) {
    const verdict = verdictOf(pair.source, pair.target);
    const reasons = reasonsOf(pair.source, pair.target);
    const more = reasons.length > 1 ? " (and " + (reasons.length - 1) + " more)" : "";
    const line = () => [make("strong", {}, sentenceOf(pair.source, pair.target)), " ", mark(verdict), verdict,
        reasons.length ? ": " + reasons[0] + more : ""];
    where.replaceChildren(...line());
    tip.replaceChildren(...line());
    tip.hidden = false;
    const box = cell.getBoundingClientRect();
    const left = Math.min(box.right + 10, window.innerWidth - tip.offsetWidth - 8);
    const below = box.bottom + 10 + tip.offsetHeight < window.innerHeight;
    Object.assign(tip.style, { left: Math.max(8, left) + "px",
        top: (below ? box.bottom + 10 : box.top - tip.offsetHeight - 10) + "px" });
}

/* Moving by keys: one cell of a table takes the focus. */

function label(cell) {
    const pair = pairOfCell(cell);
    cell.setAttribute("aria-label", pair
        ? data.names[pair.source] + " to " + data.names[pair.target] + ": " + verdictOf(pair.source, pair.target)
        : "no pair");
}

function rove(table, cell) {
    if (table.current)
        table.current.removeAttribute("tabindex");
    table.current = cell;
    cell.setAttribute("tabindex", "0");
}

function focusCell(cell) {
    rove(cell.closest("table"), cell);
    label(cell);
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
}

/* The next cell that is shown, in steps of rows and columns. */
function step(cell, rows, columns) {
    const lines = cell.closest("tbody").rows;
    let r = cell.parentNode.rowIndex - 1, c = cell.cellIndex, found = cell;
    for (;;) {
        r += Math.sign(rows);
        c += Math.sign(columns);
        if (r < 0 || r >= lines.length || c < 1 || c >= lines[r].cells.length)
            return found;
        if (lines[r].hidden || lines[r].cells[c].hidden)
            continue;
        found = lines[r].cells[c];
        rows -= Math.sign(rows);
        columns -= Math.sign(columns);
        if (rows === 0 && columns === 0)
            return found;
    }
}

const FAR = 100000, PAGE = 10;
const KEYS = {
    ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
    Home: [0, -FAR], End: [0, FAR], PageUp: [-PAGE, 0], PageDown: [PAGE, 0],
};

function onMatrixKey(event) {
    const cell = event.target.closest("td");
    if (!cell || event.altKey || event.metaKey)
        return;
    if (event.key === "Enter" || event.key === " ") {
        const pair = pairOfCell(cell);
        if (pair)
            openPanel(pair.source, pair.target, cell);
    } else if (KEYS[event.key]) {
        const [rows, columns] = KEYS[event.key];
        let next = step(cell, rows, columns);
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
    for (const table of tables) {
        const [rows, columns] = data.groups[table.dataset.group];
        const slip = (source, target) => { const verdict = verdictOf(source, target); return verdict && verdict !== "ready"; };
        const keepRow = rows.map((source) => !only || columns.some((target) => slip(source, target)));
        const keepColumn = columns.map((target) => !only || rows.some((source) => slip(source, target)));
        [...table.tHead.rows[0].cells].slice(1).forEach((head, c) => { head.hidden = !keepColumn[c]; });
        [...table.tBodies[0].rows].forEach((row, r) => {
            row.hidden = !keepRow[r];
            for (let c = 0; c < columns.length; c++)
                if (row.cells[c + 1].hidden === keepColumn[c])
                    row.cells[c + 1].hidden = !keepColumn[c];
        });
    }
    unlight();
}

for (const table of tables) {
    table.setAttribute("role", "grid");
    const first = find("tbody td:not(.n)", table);
    if (first)
        rove(table, first), label(first);
    table.addEventListener("mouseover", (event) => {
        const cell = event.target.closest("td");
        if (cell)
            light(cell);
    });
    table.addEventListener("mouseleave", unlight);
    table.addEventListener("focusin", (event) => { if (event.target.localName === "td") light(event.target); });
    table.addEventListener("focusout", unlight);
    table.addEventListener("keydown", onMatrixKey);
    table.addEventListener("click", (event) => {
        const cell = event.target.closest("td");
        const pair = cell && pairOfCell(cell);
        if (!pair)
            return;
        rove(table, cell);
        label(cell);
        openPanel(pair.source, pair.target, cell);
    });
}

find("#smaller")?.addEventListener("click", () => tables.forEach((table) => resize(table, -1)));
find("#larger")?.addEventListener("click", () => tables.forEach((table) => resize(table, 1)));
find("#only-slips")?.addEventListener("change", (event) => showSlips(event.target.checked));
