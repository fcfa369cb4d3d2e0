/* A map: a matrix of more than twelve columns. Its cells are one picture; an element stands only where one is needed,
   for the focus, for a pair that is explained, and for screen readers. */

/* The strokes of what is alike in each row, by its kind; null: none. As html_map.c draws them. */
function strokes(view, kindOf) {
    const paths = {};
    view.shownRows.forEach((r, y) => {
        const kinds = view.shownColumns.map((c) => kindOf(r, c));
        for (let x = 0, end; x < kinds.length; x = end) {
            for (end = x + 1; end < kinds.length && kinds[end] === kinds[x]; end++);
            if (kinds[x] !== null)
                paths[kinds[x]] = (paths[kinds[x]] || "") + "M" + x + " " + y + ".5h" + (end - x);
        }
    });
    return paths;
}

function drawPath(view, kind, stroke, d) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    for (const [name, value] of Object.entries({ class: kind, ...stroke, d }))
        path.setAttribute(name, value);
    view.picture.append(path);
}

/* After rows or columns were hidden or shown. */
function redrawMap(view) {
    const lines = view.table.tBodies[0].rows;
    for (const line of lines)
        line.cells[1].colSpan = Math.max(1, view.shownColumns.length);
    view.picture.setAttribute("viewBox", "0 0 " + view.shownColumns.length + " " + view.shownRows.length);
    view.picture.replaceChildren();
    const paths = strokes(view, (r, c) => verdictOf(view.rows[r], view.columns[c]));
    for (const [verdict, d] of Object.entries(paths))
        drawPath(view, verdict, { stroke: "url(#map-" + verdict + ")" }, d);
    /* The picture stands in the first row that is shown. */
    lines[view.shownRows[0] || 0].cells[1].append(view.picture);
    veilMap(view, view.asked);
    findAll("td.at", view.table).forEach((cell) => placeMapCell(view, cell));
}

/* Leaves in sight the rows and columns of these hosts; null: all. */
function veilMap(view, asked) {
    view.asked = asked;
    find(".veil", view.picture)?.remove();
    if (!asked)
        return;
    const { veil } = strokes(view, (r, c) => asked.has(view.rows[r]) || asked.has(view.columns[c]) ? null : "veil");
    if (veil)
        drawPath(view, "veil", {}, veil);
}

function placeMapCell(view, cell) {
    const at = view.shownColumns.indexOf(cell.column);
    cell.hidden = at < 0;
    cell.style.setProperty("--at", at);
}

function isNeeded(view, cell) {
    return cell === view.current || cell === document.activeElement || cell.hasAttribute("aria-selected");
}

/* The element of a cell, which may have to be made; those made for others go. */
function mapCell(view, r, c) {
    findAll("td.at", view.table).forEach((cell) => isNeeded(view, cell) || cell.remove());
    const row = view.table.tBodies[0].rows[r];
    const there = findAll("td.at", row).find((cell) => cell.column === c);
    if (there)
        return there;
    const cell = make("td", { class: "at", "aria-colindex": c + 2 });
    cell.column = c;
    placeMapCell(view, cell);
    row.append(cell);
    return cell;
}

/* The column below the pointer. */
function mapColumn(view, run, x) {
    const box = run.getBoundingClientRect();
    const at = Math.floor((x - box.left) / box.width * view.shownColumns.length);
    return view.shownColumns[Math.min(view.shownColumns.length - 1, Math.max(0, at))];
}

/* Where a cell is seen in the window. */
function mapBox(view, r, c) {
    const box = view.table.tBodies[0].rows[r].cells[1].getBoundingClientRect();
    const width = box.width / view.shownColumns.length;
    return new DOMRect(box.left + view.shownColumns.indexOf(c) * width, box.top, width, box.height);
}

/* Screen readers are told of the cells that have no element. */
function describeMap(view) {
    view.table.setAttribute("aria-rowcount", view.rows.length + 1);
    view.table.setAttribute("aria-colcount", view.columns.length + 1);
    view.table.tHead.rows[0].setAttribute("aria-rowindex", 1);
    [...view.table.tBodies[0].rows].forEach((row, r) => row.setAttribute("aria-rowindex", r + 2));
}
