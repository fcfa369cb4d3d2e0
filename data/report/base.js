"use strict";
/* The report works without this script; with it the matrix explains itself, and the page filters. Nothing is loaded,
   sent or stored. What the directory said is only ever put into text nodes. */

const data = JSON.parse(document.getElementById("data").textContent);
const HOSTS = data.hosts;

/* As the numbers in the data say. */
const VERDICTS = ["ready", "degraded", "unknown", "broken"];
const SYMBOLS = { ready: "✓", degraded: "~", unknown: "?", broken: "✗", spared: "·" };
/* A shape: its verdict, the sentence on it, by service 0 or [verdict, heading, reasons], and the numbers of sections:
   [service, title, conditions]. A condition: [label, how it is drawn, what was seen, where]. */
const SHAPE = { verdict: 0, sentence: 1, services: 2, sections: 3 };

const find = (selector, inside = document) => inside.querySelector(selector);
const findAll = (selector, inside = document) => [...inside.querySelectorAll(selector)];

/* An element with attributes and children; strings become text. */
function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {}))
        if (value !== null && value !== undefined)
            element.setAttribute(name, value);
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
}

function mark(kind) {
    return make("span", { class: "mark " + kind, "aria-hidden": "true" }, SYMBOLS[kind]);
}

/* 1,804 */
function thousands(count) {
    return count.toLocaleString("en");
}

function plural(count, one, many) {
    return thousands(count) + " " + (count === 1 ? one : many);
}

/* Said to screen readers. */
function speak(text) {
    const spoken = find("#spoken");
    spoken.textContent = "";
    window.setTimeout(() => { spoken.textContent = text; }, 50);
}

/* Pairs: the number of a shape, by source and target; 0: no such pair. */

const shapeNumbers = new Map();
for (const [rows, columns, cells] of data.groups)
    rows.forEach((source, r) => {
        const line = shapeNumbers.get(source) || new Int32Array(HOSTS);
        let c = 0;
        cells[r].forEach((cell, n) => {
            /* -N: the one before it N times more. */
            for (let times = cell < 0 ? -cell : 1; times > 0; times--)
                line[columns[c++]] = cell < 0 ? cells[r][n - 1] : cell;
        });
        shapeNumbers.set(source, line);
    });

function shapeOf(source, target) {
    const line = shapeNumbers.get(source);
    return line && line[target] > 0 ? data.shapes[line[target] - 1] : null;
}

function verdictOf(source, target) {
    const shape = shapeOf(source, target);
    return shape ? VERDICTS[shape[SHAPE.verdict]] : null;
}

/* A text with this pair's names put back. */
function fill(number, source, target) {
    return data.strings[number].replace(/[\u0001-\u0003]/g, (place) =>
        place === "\u0001" ? data.names[source] : place === "\u0002" ? data.names[target] : data.dns[target]);
}

/* The reasons of a pair, each once. */
function reasonsOf(source, target) {
    const services = shapeOf(source, target)[SHAPE.services].filter(Boolean);
    return [...new Set(services.flatMap(([, , reasons]) => reasons.map((reason) => fill(reason, source, target))))];
}

/* "0-2,7" */
function numbersOf(ranges) {
    const numbers = [];
    for (const part of ranges ? ranges.split(",") : []) {
        const [first, last] = part.split("-").map(Number);
        for (let number = first; number <= (last ?? first); number++)
            numbers.push(number);
    }
    return numbers;
}
