/*
 * search.js - words in the texts of a tree: nodes, answers, thoughts and remarks. It looks in slices,
 * so that the page answers meanwhile, and a new search ends the old one.
 */

const SEARCH_SLICE = 12;       // milliseconds
const SEARCH_TYPING = 200;     // from the last key to the search

class Search {
    /* on: found(hits, seek), go(hit, seek), where a hit is {node, rollout: id or -1} */
    constructor(on) {
        this.on = on;
        this.hits = [];
        this.at = -1;
        this.seek = null;
        this.input = el('input', {type: 'search', placeholder: 'Search in texts', 'aria-label': 'Search in the texts of nodes and answers',
                                  spellcheck: 'false', autocomplete: 'off'});
        this.told = el('span', {class: 'told', role: 'status'});
        this.back = el('button', {type: 'button', 'aria-label': 'Previous hit', title: 'Previous hit (Shift+Enter)', disabled: true, onclick: () => this.step(-1)}, '\u2191');
        this.next = el('button', {type: 'button', 'aria-label': 'Next hit', title: 'Next hit (Enter)', disabled: true, onclick: () => this.step(1)}, '\u2193');
        this.box = el('div', {class: 'search', role: 'search'}, this.input, this.back, this.next, this.told);
        this.input.addEventListener('input', () => {
            clearTimeout(this.timer);
            this.timer = setTimeout(() => this.start(), SEARCH_TYPING);
        });
        this.input.addEventListener('keydown', (event) => {
            if (event.key !== 'Enter')
                return;
            event.preventDefault();
            if (this.words !== this.input.value)
                this.start();
            else
                this.step(event.shiftKey ? -1 : 1);
        });
    }

    close() {
        clearTimeout(this.timer);
        this.run = null;
    }

    show(tree) {
        this.tree = tree;
        if (this.words)
            this.start(true);
    }

    /* quiet: the same words in a tree that has grown; nobody is taken anywhere. */
    start(quiet = false) {
        clearTimeout(this.timer);
        this.words = this.input.value;
        this.seek = textSeek(this.words);
        this.hits = [];
        this.at = -1;
        this.run = this.seek ? {walk: searchWalk(this.tree, this.seek), quiet} : null;
        this.told.textContent = this.run ? 'searching ...' : '';
        if (this.run)
            this.slice(this.run);
        else
            this.finish(true);
    }

    slice(run) {
        if (run !== this.run)
            return;
        const until = performance.now() + SEARCH_SLICE;
        while (performance.now() < until) {
            const {done, value} = run.walk.next();
            if (done)
                return this.finish(run.quiet);
            if (value)
                this.hits.push(value);
        }
        setTimeout(() => this.slice(run), 0);
    }

    finish(quiet) {
        this.back.disabled = this.next.disabled = this.hits.length === 0;
        this.on.found(this.hits, this.seek);
        if (this.hits.length > 0 && !quiet)
            this.step(1);
        else
            this.tell();
    }

    step(by) {
        if (this.hits.length === 0)
            return;
        this.at = this.at < 0 ? (by > 0 ? 0 : this.hits.length - 1) : (this.at + by + this.hits.length) % this.hits.length;
        this.tell();
        this.on.go(this.hits[this.at], this.seek);
    }

    tell() {
        const n = this.hits.length;
        this.told.textContent = !this.seek ? '' : n === 0 ? 'not found' : this.at < 0 ? count(n, 'hit') : `${NUMBERS.format(this.at + 1)} of ${count(n, 'hit')}`;
    }
}

/* Every text once, in the order of the tree: a hit, or null where there is none. */
function* searchWalk(tree, seek) {
    const test = (text) => {
        seek.lastIndex = 0;
        return typeof text === 'string' && seek.test(text);
    };
    const inNotes = (notes) => notes && (notes.thoughts.some((note) => test(note.text)) || notes.remarks.some((note) => test(note.why)));
    const waiting = tree.count > 0 ? [0] : [];
    while (waiting.length > 0) {
        const i = waiting.pop();
        yield test(i === 0 ? tree.body.prompt : tree.nodes[i].text) || inNotes(tree.notes.nodes.get(tree.nodes[i].id)) ? {node: i, rollout: -1} : null;
        for (const k of tree.at.get(i) || []) {
            const rollout = tree.rollouts[k];
            yield test(rollout.text) || test(rollout.answer) || inNotes(tree.notes.rollouts.get(rollout.id)) ? {node: i, rollout: rollout.id} : null;
        }
        const children = tree.children(i);
        for (let c = children.length - 1; c >= 0; c--)
            waiting.push(children[c]);
    }
}
