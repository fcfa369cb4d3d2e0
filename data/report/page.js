/* Copying, themes, folding, sorting, links within the page. */

/* navigator.clipboard where there is one: a file may not be a secure context everywhere. */
async function copyText(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        const area = make("textarea", { id: "copy-area", class: "vh", readonly: "", "aria-hidden": "true" });
        area.value = text;
        document.body.append(area);
        area.select();
        let done = false;
        try {
            done = document.execCommand("copy");
        } catch {
            done = false;
        }
        area.remove();
        return done;
    }
}

/* Where nothing may copy, the text is selected: Ctrl+C does the rest. */
async function onCopy(button) {
    const pre = find("pre", button.parentNode);
    const done = await copyText(pre.textContent);
    if (!done)
        window.getSelection().selectAllChildren(pre);
    button.textContent = done ? "Copied" : "Press Ctrl+C";
    button.classList.add("copied");
    button.focus();
    speak(done ? "Copied to the clipboard." : "Could not copy. The text is selected: press Control C.");
    window.setTimeout(() => {
        button.textContent = "Copy";
        button.classList.remove("copied");
    }, 2500);
}

/* Links within the page leave the address, which holds the filter, as it is. */
function unfoldTo(element) {
    for (let at = element; at; at = at.parentElement)
        if (at.localName === "details")
            at.open = true;
}

function go(id) {
    const target = document.getElementById(id);
    if (!target)
        return;
    const block = target.closest(".block, .edge");
    if (block?.hidden)
        form.reset();
    window.setTimeout(() => {
        unfoldTo(target);
        target.scrollIntoView({ block: "start" });
        const takes = target.matches("section, main") ? target : find("summary", target.closest("details") || target) || target;
        if (takes === target && !target.hasAttribute("tabindex"))
            target.setAttribute("tabindex", "-1");
        takes.focus({ preventScroll: true });
    });
}

document.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    const link = event.target.closest("a[href^='#']");
    if (button) {
        onCopy(button);
    } else if (link) {
        const id = link.getAttribute("href").slice(1);
        if (id.includes("=")) {
            /* A figure: its own filter, then to what it filters. */
            const asked = new URLSearchParams(id);
            const of = ["way", "works", "risk"].some((field) => asked.has(field)) ? "delegations" : "findings";
            window.setTimeout(() => go(asked.has("verdict") ? "matrix" : of));
        } else {
            event.preventDefault();
            go(id);
        }
    }
});

/* Themes: as the system has it, until one is chosen. */
const THEMES = ["auto", "light", "dark"];
find("#theme").addEventListener("click", (event) => {
    const root = document.documentElement;
    const next = THEMES[(THEMES.indexOf(root.dataset.theme || "auto") + 1) % THEMES.length];
    if (next === "auto")
        delete root.dataset.theme;
    else
        root.dataset.theme = next;
    event.currentTarget.textContent = "Theme: " + next;
});

find("#print").addEventListener("click", () => window.print());
find("#unfold").addEventListener("click", () => blocks.forEach(({ element }) => { element.open = !element.hidden || element.open; }));
find("#fold").addEventListener("click", () => blocks.forEach(({ element }) => { element.open = false; }));

/* Paper has nothing to unfold; afterwards the page is as it was. */
let unfolded = [];
window.addEventListener("beforeprint", () => {
    unfolded = findAll(".block:not([open], .late)");
    unfolded.forEach((details) => { details.open = true; });
});
window.addEventListener("afterprint", () => {
    unfolded.forEach((details) => { details.open = false; });
    unfolded = [];
});

/* Sorting tables of one body per row, by a number where there is one. */
function keyOf(body, column) {
    const cell = body.rows[0].cells[column];
    return cell.dataset.sort !== undefined ? Number(cell.dataset.sort) : cell.textContent;
}

function sortRows(table, column, heads) {
    const up = heads[column].getAttribute("aria-sort") !== "ascending";
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
    const order = [...table.tBodies].sort((a, b) => {
        const [one, other] = [keyOf(a, column), keyOf(b, column)];
        const difference = typeof one === "number" ? one - other : one.localeCompare(other, "en", { numeric: true });
        return up ? difference : -difference;
    });
    table.append(...order);
}

for (const table of findAll("#hosts-table, #edges-table")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
        const button = make("button", { type: "button" }, head.textContent);
        button.addEventListener("click", () => sortRows(table, column, heads));
        head.replaceChildren(button);
    });
}

document.documentElement.classList.add("js");
apply();
readAddress();
