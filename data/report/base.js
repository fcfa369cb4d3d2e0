"use strict";
/* The report works without this script; with it the matrix explains itself, and the page filters. Nothing is loaded,
   sent or stored. What the directory said is only ever put into text nodes. */

const data = JSON.parse(document.getElementById("data").textContent);
const HOSTS = data.dns.length;

/* As the numbers in the data say. */
const VERDICTS = ["ready", "degraded", "unknown", "broken"];
const SYMBOLS = { ready: "✓", degraded: "~", unknown: "?", broken: "✗", spared: "·" };
const SERVICES = [["cifs", "cifs"], ["migration", "Microsoft Virtual System Migration Service"]];
const [NO, YES, UNKNOWN] = [0, 1, 2];
const SHAPE = { verdict: 0, mode: 1, local: 2, storage: 3, variant: 4, rbcd: 5, list: 6, services: 7, near: 8, more: 9, proof: 10 };

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

function plural(count, one, many) {
    return count + " " + (count === 1 ? one : many);
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
        columns.forEach((target, c) => { line[target] = cells[r][c]; });
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

/* A text of a shape with this pair's names put back. */
function fill(number, source, target, spns) {
    return data.strings[number].replace(/[\u0001-\u0003\u0010-\u0017]/g, (place) => {
        const code = place.charCodeAt(0);
        return code >= 16 ? spns[code - 16] : code === 1 ? data.names[source] : code === 2 ? data.names[target] : data.dns[target];
    });
}

/* The needed SPNs of a pair's target, [text, service], and what was seen of them. */
function needOf(target, shape) {
    const need = data.needs[data.hostNeeds[target][shape[SHAPE.variant]]];
    return { spns: need[1].map(([text, service]) => ({ text: data.strings[text], service })), seen: need[2] };
}

/* The reasons of a pair, each once. */
function reasonsOf(source, target) {
    const shape = shapeOf(source, target);
    const spns = needOf(target, shape).spns.map((spn) => spn.text);
    const reasons = new Set();
    for (const service of shape[SHAPE.services])
        for (const reason of service ? service[3] : [])
            reasons.add(fill(reason, source, target, spns));
    return [...reasons];
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
