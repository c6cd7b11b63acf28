#!/usr/bin/env node
/*
 * bench_layout.js [COUNT...] - the page's layout of trees (io/page/30-layout.js) alone and, where node
 * finds d3-hierarchy (NODE_PATH=FOLDER/node_modules), beside its tree(): seconds for random trees.
 *
 * Both get what they need for a start: ours an array of parents, theirs the hierarchy of objects,
 * whose making is not counted. The best of nine runs; whether both are equally wide is printed, too.
 */
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const url = require('node:url');
const vm = require('node:vm');

const ROUNDS = 9;

function ours() {
    const source = fs.readFileSync(path.join(__dirname, '..', 'io', 'page', '30-layout.js'), 'utf8');
    return vm.runInNewContext(`${source}\nlayoutTidy`, {Int32Array, Float64Array});
}

async function theirs() {
    try {
        return await import(url.pathToFileURL(require.resolve('d3-hierarchy')).href);
    } catch {
        return null;
    }
}

/* Depth-first: a node goes on below the one before it, or below one of its first few ancestors. */
function random(count) {
    let seed = 7;
    const draw = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    const parents = new Int32Array(count).fill(-1);
    for (let i = 1; i < count; i++) {
        let parent = i - 1;
        for (let up = draw(6); up > 0 && parents[parent] >= 0; up--)
            parent = parents[parent];
        parents[i] = parent;
    }
    return parents;
}

function objects(parents) {
    const nodes = Array.from(parents, (_, id) => ({id, children: []}));
    parents.forEach((parent, i) => parent >= 0 && nodes[parent].children.push(nodes[i]));
    return nodes[0];
}

function best(run) {
    let least = Infinity, value = null;
    for (let round = 0; round < ROUNDS; round++) {
        const began = process.hrtime.bigint();
        value = run();
        least = Math.min(least, Number(process.hrtime.bigint() - began) / 1e9);
    }
    return {seconds: least, value};
}

async function main() {
    const layout = ours(), d3 = await theirs();
    const counts = process.argv.slice(2).map(Number);
    for (const count of counts.length > 0 ? counts : [1000, 10000, 50000]) {
        const parents = random(count);
        const our = best(() => layout(parents));
        const wide = our.value.reduce((most, x) => Math.max(most, x)) - our.value.reduce((least, x) => Math.min(least, x));
        let line = `${count} nodes: ${our.seconds.toFixed(4)} s, ${wide.toFixed(1)} wide`;
        if (d3) {
            const root = d3.hierarchy(objects(parents));
            const tree = d3.tree().nodeSize([1, 1]).separation((a, b) => (a.parent === b.parent ? 1 : 1.4));
            const their = best(() => tree(root));
            let low = 0, high = 0;
            root.each((node) => {
                low = Math.min(low, node.x);
                high = Math.max(high, node.x);
            });
            line += `; d3-hierarchy ${their.seconds.toFixed(4)} s, ${(high - low).toFixed(1)} wide`;
        }
        console.log(line);
    }
    if (!d3)
        console.log('d3-hierarchy is not there: NODE_PATH=FOLDER/node_modules, where npm put it');
}

main();
