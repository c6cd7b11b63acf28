/*
 * data.js - the page's data: an index of problems, and of each problem that is opened its tree.
 *
 * A struct Tree has a place (0, 1, ...) for each node instead of its id, parents before children, and
 * its figures in arrays of numbers: 50,000 nodes are no load.
 */

const DATA_VERSION = 1;

/* The text of the data is not as the page expects it; the sentence is for people. */
class DataError extends Error {}

function dataParse(text, what) {
    try {
        return JSON.parse(text);
    } catch (error) {
        throw new DataError(`${what} cannot be read: ${error.message}`);
    }
}

function dataCheckIndex(index) {
    if (!index || typeof index !== 'object' || !Array.isArray(index.problems))
        throw new DataError('The index of this page has no list of problems.');
    if (index.crux !== DATA_VERSION)
        throw new DataError(`The data of this page are of version ${index.crux}; its script reads version ` +
                            `${DATA_VERSION}. Script and data are from different releases of crux.`);
    return index;
}

/* Problem n's text, in the page itself. */
function dataEmbedded() {
    const blocks = new Map();
    for (const block of document.querySelectorAll('script.crux-problem'))
        blocks.set(Number(block.dataset.n), block);
    return blocks;
}

const DATA_REASONING = new Set(['step', 'rationale', 'answer']);

class Tree {
    constructor(body) {
        this.body = body;
        this.nodes = body.nodes || [];
        this.rollouts = body.rollouts || [];
        this.count = this.nodes.length;
        if (this.count > 0)
            this.link();
        this.gather();
        this.findBest();
        this.findPairs();
        this.findNotes();
    }

    link() {
        const n = this.count;
        this.place = new Map();
        this.parent = new Int32Array(n);
        this.depth = new Int32Array(n);
        this.start = new Int32Array(n + 1);
        this.posts = 0;
        for (let i = 0; i < n; i++) {
            const node = this.nodes[i];
            const parent = i === 0 ? -1 : this.place.get(node.parent);
            if (parent === undefined)
                throw new DataError(`Node ${node.id} has the parent ${node.parent}, which does not stand before it.`);
            this.place.set(node.id, i);
            this.parent[i] = parent;
            this.depth[i] = parent < 0 ? 0 : this.depth[parent] + 1;
            if (parent >= 0)
                this.start[parent + 1]++;
        }
        for (let i = 0; i < n; i++)
            this.start[i + 1] += this.start[i];
        this.list = new Int32Array(Math.max(0, n - 1));
        const at = this.start.slice();
        for (let i = 1; i < n; i++)
            this.list[at[this.parent[i]]++] = i;
        this.mostVisits = this.nodes.reduce((most, node) => Math.max(most, node.visits), 1);
    }

    /* Sizes, and the ends in and below each node. */
    gather() {
        const n = this.count;
        this.below = new Int32Array(n).fill(1);
        this.ends = {right: new Int32Array(n), wrong: new Int32Array(n), unknown: new Int32Array(n)};
        this.own = {right: new Int32Array(n), wrong: new Int32Array(n), unknown: new Int32Array(n)};
        this.at = new Map();
        this.rolloutPlace = new Map();
        this.rollouts.forEach((rollout, k) => {
            const i = this.placeOf(rollout.node, `Rollout ${rollout.id}`);
            const verdict = this.ends[rollout.verdict] ? rollout.verdict : 'unknown';
            this.own[verdict][i]++;
            this.rolloutPlace.set(rollout.id, k);
            if (!this.at.has(i))
                this.at.set(i, []);
            this.at.get(i).push(k);
        });
        for (const verdict of Object.keys(this.ends))
            this.ends[verdict].set(this.own[verdict]);
        for (let i = n - 1; i > 0; i--) {
            const parent = this.parent[i];
            this.below[parent] += this.below[i];
            for (const verdict of Object.keys(this.ends))
                this.ends[verdict][parent] += this.ends[verdict][i];
        }
    }

    placeOf(id, who) {
        const i = this.count > 0 ? this.place.get(id) : undefined;
        if (i === undefined)
            throw new DataError(`${who} belongs to node ${id}, which is not there.`);
        return i;
    }

    findBest() {
        this.best = new Uint8Array(this.count);
        const rollout = this.rolloutOf(this.body.best);
        for (let i = rollout ? this.place.get(rollout.node) : -1; i >= 0; i = this.parent[i])
            this.best[i] = 1;
    }

    /* The pairs, by the node where the two paths part. */
    findPairs() {
        this.pairs = this.body.pairs || [];
        this.parts = new Map();
        for (const pair of this.pairs) {
            const i = this.count > 0 ? this.place.get(pair.crux) : undefined;
            if (i === undefined)
                continue;
            if (!this.parts.has(i))
                this.parts.set(i, []);
            this.parts.get(i).push(pair);
        }
    }

    /* Thoughts and remarks, by node and by rollout. */
    findNotes() {
        this.notes = {nodes: new Map(), rollouts: new Map()};
        const put = (map, key, kind, note) => {
            if (!map.has(key))
                map.set(key, {thoughts: [], remarks: []});
            map.get(key)[kind].push(note);
        };
        for (const kind of ['thoughts', 'remarks'])
            for (const note of this.body[kind] || []) {
                if (note.rollout >= 0)
                    put(this.notes.rollouts, note.rollout, kind, note);
                else if (note.node >= 0)
                    put(this.notes.nodes, note.node, kind, note);
            }
    }

    children(i) {
        return this.list.subarray(this.start[i], this.start[i + 1]);
    }

    childCount(i) {
        return this.start[i + 1] - this.start[i];
    }

    rolloutOf(id) {
        const k = this.rolloutPlace.get(id);
        return k === undefined ? null : this.rollouts[k];
    }

    /* The root first. */
    ancestors(i) {
        const path = [];
        for (; i >= 0; i = this.parent[i])
            path.push(i);
        return path.reverse();
    }

    /* The steps of a rollout's whole path: text, kind, node's place or -1, and which step of the
     * reasoning it is, -1 for a sub-goal, query or document. */
    path(rollout) {
        const steps = this.ancestors(this.place.get(rollout.node)).slice(1).map((i) => (
            {text: this.nodes[i].text, kind: this.nodes[i].kind, node: i, reasoning: -1}));
        for (const text of rollout.steps)
            steps.push({text, kind: 'answer', node: -1, reasoning: -1});
        let reasoning = 0;
        for (const step of steps)
            if (DATA_REASONING.has(step.kind))
                step.reasoning = reasoning++;
        return steps;
    }

    /* All rollouts in and below a node, its own first. */
    *rolloutsBelow(i) {
        const waiting = [i];
        while (waiting.length > 0) {
            const next = waiting.pop();
            yield* this.at.get(next) || [];
            const children = this.children(next);
            for (let c = children.length - 1; c >= 0; c--)
                if (this.ends.right[children[c]] + this.ends.wrong[children[c]] + this.ends.unknown[children[c]] > 0)
                    waiting.push(children[c]);
        }
    }
}

/* What is on screen of a tree: from which node, what is closed, and in which order. */
class Sight {
    constructor(tree) {
        this.tree = tree;
        this.root = 0;
        this.closed = new Uint8Array(tree.count);
        this.unvisited = true;
        this.openFirst();
    }

    /* A tree that nobody could overlook opens along its best path, to where pairs part, and then
     * where the search was most. */
    openFirst() {
        const {tree} = this;
        if (tree.count <= SIGHT_WHOLE)
            return;
        const open = new Uint8Array(tree.count);
        let seen = 1;
        const mark = (i) => {
            for (; i >= 0 && !open[i]; i = tree.parent[i]) {
                open[i] = 1;
                seen += tree.childCount(i);
            }
        };
        mark(0);
        for (let i = 0; i < tree.count; i++)
            if (tree.best[i])
                mark(i);
        for (const i of [...tree.parts.keys()].slice(0, SIGHT_PAIRS))
            mark(i);
        const inner = Array.from(tree.nodes.keys()).filter((i) => tree.childCount(i) > 0);
        for (const i of inner.sort((a, b) => tree.nodes[b].visits - tree.nodes[a].visits || a - b))
            if (!open[i] && open[tree.parent[i]] && seen + tree.childCount(i) <= SIGHT_FIRST)
                mark(i);
        for (const i of inner)
            this.closed[i] = 1 - open[i];
    }

    wanted(i) {
        return this.unvisited || this.tree.nodes[i].visits > 0 || this.tree.below[i] > 1 || this.tree.at.has(i);
    }

    /* Nodes in the order of the outline; row of each node, -1 not seen; row of each row's parent. */
    compute() {
        const {tree} = this;
        const order = [], parents = [], stack = tree.count > 0 ? [this.root] : [];
        this.row = new Int32Array(tree.count).fill(-1);
        while (stack.length > 0) {
            const i = stack.pop();
            this.row[i] = order.length;
            parents.push(i === this.root ? -1 : this.row[tree.parent[i]]);
            order.push(i);
            if (this.closed[i])
                continue;
            const children = tree.children(i);
            for (let c = children.length - 1; c >= 0; c--)
                if (this.wanted(children[c]))
                    stack.push(children[c]);
        }
        this.order = Int32Array.from(order);
        this.parents = Int32Array.from(parents);
        this.numberSiblings();
        return this;
    }

    /* Place of each row among its siblings that are seen, from 1, and how many these are. */
    numberSiblings() {
        const n = this.order.length;
        this.position = new Int32Array(n).fill(1);
        this.siblings = new Int32Array(n);
        for (let r = 1; r < n; r++)
            this.position[r] = ++this.siblings[this.parents[r]];
    }

    siblingsOf(row) {
        return row === 0 ? 1 : this.siblings[this.parents[row]];
    }

    /* Opens what hides a node; true: something changed. */
    reveal(i) {
        let changed = false;
        if (!this.tree.ancestors(i).includes(this.root)) {
            this.root = 0;
            changed = true;
        }
        if (!this.wanted(i)) {
            this.unvisited = true;
            changed = true;
        }
        for (let up = this.tree.parent[i]; up >= 0 && i !== this.root; up = this.tree.parent[up]) {
            if (this.closed[up]) {
                this.closed[up] = 0;
                changed = true;
            }
            if (up === this.root)
                break;
        }
        return changed;
    }

    /* Everything below the root, open or closed. */
    all(closed) {
        for (let i = 0; i < this.tree.count; i++)
            this.closed[i] = closed && i !== this.root && this.tree.childCount(i) > 0 ? 1 : 0;
    }
}

const SIGHT_WHOLE = 3000;  // nodes of a tree that is open from the start
const SIGHT_FIRST = 400;   // of a larger one, nodes that are seen at first
const SIGHT_PAIRS = 50;    // pairs to which a larger one is opened
