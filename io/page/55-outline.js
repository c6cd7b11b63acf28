/*
 * outline.js - the tree as an outline, by which alone every node can be reached: arrows move, open and
 * close, Home and End, Page Up and Down, Enter goes to what is told of the node, Space opens and
 * closes, a star opens all siblings, letters go to the next row that begins with them.
 */

const OUTLINE_HEIGHT = 28;
const OUTLINE_INDENTS = 14;    // levels that are indented; of deeper ones the level's number tells
const OUTLINE_TYPING = 800;    // milliseconds after which typing begins anew

class Outline {
    /* on: select(node, pushed), toggle(node), siblings(node), enter(node) */
    constructor(on) {
        this.on = on;
        this.typed = '';
        this.typedAt = 0;
        this.list = new LongList({role: 'tree', 'aria-label': 'Outline of the tree', class: 'list outline'}, OUTLINE_HEIGHT,
                                 (row, i) => this.fill(row, i), (i, event) => this.press(i, event));
        this.box = this.list.box;
        this.box.addEventListener('keydown', (event) => this.key(event));
    }

    close() {
        this.list.close();
    }

    show(sight, selected) {
        this.sight = sight;
        this.tree = sight.tree;
        this.box.style.setProperty('--levels', sight.order.reduce((most, _, i) => Math.max(most, this.indents(i)), 1));
        this.list.active = selected >= 0 ? sight.row[selected] : -1;
        this.list.set(sight.order.length);
        this.list.activate(this.list.active);
    }

    select(node) {
        this.list.activate(node >= 0 ? this.sight.row[node] : -1);
    }

    level(i) {
        return this.tree.depth[this.sight.order[i]] - this.tree.depth[this.sight.root];
    }

    indents(i) {
        return Math.min(this.level(i), OUTLINE_INDENTS);
    }

    fill(row, i) {
        const {sight, tree} = this;
        const node = sight.order[i], {text, visits, value, hidden} = tree.nodes[node];
        const level = this.level(i), open = tree.childCount(node) > 0 ? String(!sight.closed[node]) : null;
        row.setAttribute('role', 'treeitem');
        row.setAttribute('aria-level', level + 1);
        row.setAttribute('aria-posinset', sight.position[i]);
        row.setAttribute('aria-setsize', sight.siblingsOf(i));
        if (open !== null)
            row.setAttribute('aria-expanded', open);
        row.dataset.node = tree.nodes[node].id;
        row.classList.toggle('best', tree.best[node] === 1);
        row.style.setProperty('--level', this.indents(i));
        const shade = visits === 0 || value < 0 ? 'none' : Math.round(Math.min(1, value) * 4);
        add(row,
            el('span', {class: 'twist', 'aria-hidden': 'true'}, open === null ? '' : open === 'true' ? '\u25be' : '\u25b8'),
            level > OUTLINE_INDENTS ? el('span', {class: 'deep'}, `${level}`) : null,
            el('span', {class: `dot value-${shade}`, 'aria-hidden': 'true'}),
            tree.best[node] ? el('span', {class: 'star', title: 'on the best path'}, '\u2605', el('span', {class: 'unseen'}, ' best path ')) : null,
            tree.parts.has(node) ? el('span', {class: 'diamond', title: 'here paths part'}, '\u25c7', el('span', {class: 'unseen'}, ' paths part here ')) : null,
            el('span', {class: 'name'}, node === 0 ? 'problem' : textLabel(text || '(no text)', 140)),
            outlineEnds(tree, node, sight.closed[node]),
            el('span', {class: 'figures'},
               visits === 0 ? 'not visited' : `${NUMBERS.format(visits)} \u00b7 ${share(value)}`,
               el('span', {class: 'unseen'}, visits === 0 ? '' : ' visits and value')),
            sight.closed[node] ? el('span', {class: 'away'}, `${NUMBERS.format(tree.below[node] - 1)} below`) : null,
            hidden > 0 ? el('span', {class: 'away'}, `+${NUMBERS.format(hidden)} not on this page`) : null);
    }

    press(i, event) {
        const node = this.sight.order[i];
        if (event.target.closest('.twist'))
            this.on.toggle(node);
        else
            this.on.select(node, true);
    }

    key(event) {
        if (event.ctrlKey || event.metaKey || event.altKey || !this.sight || this.list.count === 0)
            return;
        const i = Math.max(0, this.list.active), node = this.sight.order[i];
        const to = this.list.active < 0 && event.key.startsWith('Arrow') ? 0 : this.list.moved(event.key);
        if (to >= 0)
            this.on.select(this.sight.order[to], false);
        else if (event.key === 'ArrowRight')
            this.inward(i, node);
        else if (event.key === 'ArrowLeft')
            this.outward(i, node);
        else if (event.key === ' ' && !this.typing())
            this.on.toggle(node);
        else if (event.key === 'Enter')
            this.on.enter(node);
        else if (event.key === '*')
            this.on.siblings(node);
        else if (event.key.length !== 1 || event.key === '/' || !this.type(event.key))
            return;
        event.preventDefault();
    }

    /* A blank within words is one of their letters. */
    typing() {
        return this.typed !== '' && performance.now() - this.typedAt <= OUTLINE_TYPING;
    }

    inward(i, node) {
        if (this.tree.childCount(node) === 0)
            return;
        if (this.sight.closed[node])
            this.on.toggle(node);
        else if (i + 1 < this.list.count && this.sight.parents[i + 1] === i)
            this.on.select(this.sight.order[i + 1], false);
    }

    outward(i, node) {
        if (!this.sight.closed[node] && this.tree.childCount(node) > 0 && i > 0)
            this.on.toggle(node);
        else if (i > 0)
            this.on.select(this.sight.order[this.sight.parents[i]], false);
    }

    /* The next row whose text begins with what was typed; the same letter again goes on. */
    type(letter) {
        const words = (this.typing() ? this.typed : '') + letter.toLowerCase();
        const same = [...words].every((one) => one === words[0]);
        const wanted = same ? words[0] : words;
        [this.typed, this.typedAt] = [words, performance.now()];
        const n = this.list.count, from = Math.max(0, this.list.active) + (same ? 1 : 0);
        for (let k = 0; k < n; k++) {
            const node = this.sight.order[(from + k) % n];
            if (this.tree.nodes[node].text.trimStart().slice(0, wanted.length).toLowerCase() === wanted) {
                this.on.select(node, false);
                break;
            }
        }
        return true;
    }
}

/* Ends of a node in signs and, for those who do not see them, in words. */
function outlineEnds(tree, node, closed) {
    const of = closed ? tree.ends : tree.own;
    const ends = el('span', {class: 'ends'});
    for (const [verdict, sign] of [['right', '\u2713'], ['wrong', '\u2717'], ['unknown', '?']]) {
        const number = of[verdict][node];
        if (number > 0)
            ends.append(el('span', {class: verdict}, el('span', {'aria-hidden': 'true'}, sign + (number > 1 ? NUMBERS.format(number) : '')),
                           el('span', {class: 'unseen'}, ` ${count(number, `${verdict} end`)} `)));
    }
    return ends.childNodes.length > 0 ? ends : null;
}
