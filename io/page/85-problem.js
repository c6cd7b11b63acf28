/*
 * problem.js - one problem on screen: its tree as outline and picture, beside them a node; or a pair.
 */

const PROBLEM_REST = 90;   // milliseconds

class ProblemView {
    /* on: go(state, pushed): the address shall say {node} or {pair} of this problem */
    constructor(on) {
        this.on = on;
        this.selected = -1;
        this.outline = new Outline({select: (node, pushed) => this.go(node, pushed), toggle: (node) => this.toggle(node),
                                    siblings: (node) => this.openSiblings(node), enter: (node) => this.enter(node)});
        this.canvas = new TreeCanvas({select: (node) => this.go(node, true), toggle: (node) => this.toggle(node),
                                      point: (node, x, y) => this.point(node, x, y), drawn: () => this.drawn()});
        this.search = new Search({found: (hits, seek) => this.found(hits, seek), go: (hit, seek) => this.hit(hit, seek)});
        this.tip = el('div', {class: 'tip', hidden: true, 'aria-hidden': 'true'});
        this.canvas.box.append(this.tip);
        this.panel = el('div', {class: 'panel', role: 'region', tabindex: '0', 'aria-label': 'What is known of the node'});
        this.head = el('div', {class: 'problem-head'});
        this.places = el('div', {class: 'tree-place'});
        this.tools = this.makeTools();
        this.tree_area = el('div', {class: 'tree-area'}, this.tools, this.places,
                            el('div', {class: 'split-area'}, this.outline.box, el('div', {class: 'picture'}, this.canvas.box, problemLegend()), this.panel));
        this.pair_area = el('div', {class: 'pair-area', hidden: true});
        this.box = el('section', {class: 'problem', 'aria-label': 'Problem'}, this.head, this.tree_area, this.pair_area);
    }

    close() {
        clearTimeout(this.resting);
        this.outline.close();
        this.canvas.close();
        this.search.close();
    }

    makeTools() {
        const button = (name, press, title) => el('button', {type: 'button', onclick: press, 'aria-label': title, title}, name);
        this.unvisited = el('button', {type: 'button', 'aria-pressed': 'false', onclick: () => this.turnUnvisited()}, 'Hide unvisited');
        return el('div', {class: 'tools', role: 'toolbar', 'aria-label': 'Tree'}, this.search.box,
                  el('span', {class: 'group'},
                     button('Open all', () => this.all(false), 'Open all nodes'), button('Close all', () => this.all(true), 'Close all nodes'),
                     button('Best path', () => this.goBest(), 'To the end of the best path'), this.unvisited),
                  el('span', {class: 'group'}, button('\u2212', () => this.canvas.zoom(1 / 1.4), 'Smaller'), button('+', () => this.canvas.zoom(1.4), 'Larger'),
                     button('Fit', () => this.canvas.fit(), 'Fit the picture')));
    }

    /* Another problem, or the same one that has grown: then what was selected, closed and made the
     * root stays so. */
    show(body, entry) {
        const before = this.tree && this.tree.body.n === body.n ? this : null;
        const tree = new Tree(body);
        const sight = before ? problemCarry(this.sight, tree) : new Sight(tree);
        const selected = before && this.selected >= 0 && tree.count > 0 ? tree.place.get(this.tree.nodes[this.selected].id) ?? 0 : tree.count > 0 ? 0 : -1;
        Object.assign(this, {tree, sight, entry, selected});
        this.fillHead();
        this.refresh(before ? selected : -1);
        this.search.show(tree);
        if (before)
            this.refillPanel();
        else
            this.fillPanel();
    }

    fillHead() {
        const {tree, entry} = this, {body} = tree;
        const left = entry && entry.shown < entry.nodes ? entry.nodes - entry.shown : 0;
        const facts = [count(tree.count + left, 'node'), count(body.simulations, 'simulation'), ...costWords(body)];
        if (body.reason)
            facts.push(`ended by ${textLine(body.reason, 60)}`);
        const total = tree.count > 0 ? ['right', 'wrong', 'unknown'].map((verdict) => tree.ends[verdict][0]) : [0, 0, 0];
        const pairs = tree.pairs.length === 0 ? null
            : el('button', {type: 'button', class: 'primary', onclick: () => this.on.go({pair: this.pair || tree.pairs[0].id}, true)},
                 `\u25c7 ${count(tree.pairs.length, 'pair')}: where right and wrong part`);
        this.head.replaceChildren(...[
            el('h1', {tabindex: '-1'}, textLabel(body.id, 120)),
            textBlock(body.prompt, {first: 400, name: 'model prompt'}),
            body.reference ? el('div', {class: 'facts'}, 'reference answer: ', textBlock(body.reference, {first: 200, name: 'model within'})) : null,
            body.images && body.images.length > 0 ? el('div', {class: 'facts'}, 'pictures: ', ...body.images.flatMap((name) => [textLabel(name, 80), ' '])) : null,
            body.failure ? el('div', {class: 'bad'}, 'Failed: ', textBlock(body.failure, {first: 300, name: 'model within'})) : null,
            el('div', {class: 'facts'}, `${NUMBERS.format(total[0])} right, ${NUMBERS.format(total[1])} wrong, ${NUMBERS.format(total[2])} unknown \u00b7 ${facts.join(' \u00b7 ')}`),
            left > 0 ? el('p', {class: 'left-out'}, `${count(left, 'node')} of this tree are not on this page; each parent says how many of its children.`) : null,
            pairs].filter(Boolean));
    }

    /* Outline and picture anew. keep: a node that does not move on screen; -1: all in view. */
    refresh(keep) {
        this.sight.compute();
        if (this.selected >= 0 && this.sight.row[this.selected] < 0)
            this.selected = this.sight.root;
        this.outline.show(this.sight, this.selected);
        this.canvas.show(this.sight, keep);
        this.canvas.select(this.selected);
        this.fillPlaces();
    }

    /* Which root it is, what is closed. */
    fillPlaces() {
        const {tree, sight} = this, away = tree.count - sight.order.length;
        this.places.replaceChildren();
        if (sight.root > 0) {
            const back = (node, name) => el('button', {type: 'button', onclick: () => this.root(node)}, name);
            this.places.append(el('span', {}, `Seen from node ${tree.nodes[sight.root].id}: `), back(0, 'Back to the problem'), ' ');
            if (tree.parent[sight.root] > 0)
                this.places.append(back(tree.parent[sight.root], 'One level up'), ' ');
        }
        this.places.append(el('span', {}, away > 0 ? `${NUMBERS.format(sight.order.length)} of ${count(tree.count, 'node')} open` : tree.count > 0 ? 'all nodes open' : 'This problem has no tree yet.'));
        if (!sight.unvisited)
            this.places.append(el('span', {}, ', unvisited ones hidden'));
    }

    /* What an arrow passes by is not told in full: the panel comes when the arrows rest. */
    go(node, pushed) {
        this.select(node, pushed ? 0 : PROBLEM_REST);
        this.on.go({node: this.tree.nodes[node].id}, pushed);
    }

    /* Shows a node without a word to the address; the panel after so many milliseconds. */
    select(node, rest = 0) {
        const changed = node !== this.selected;
        this.selected = node;
        if (this.sight.reveal(node) || this.sight.row[node] < 0)
            this.refresh(node);
        else {
            this.outline.select(node);
            this.canvas.select(node);
        }
        clearTimeout(this.resting);
        if (changed && rest > 0)
            this.resting = setTimeout(() => this.fillPanel(), rest);
        else if (changed || this.told !== node)
            this.fillPanel();
    }

    selectId(id) {
        const node = this.tree.count > 0 ? this.tree.place.get(id) : undefined;
        if (node !== undefined)
            this.select(node);
        return node !== undefined;
    }

    fillPanel() {
        const {tree, selected} = this;
        clearTimeout(this.resting);
        this.told = selected;
        this.panel.scrollTop = 0;
        if (selected < 0)
            return this.panel.replaceChildren(el('p', {}, 'Nothing is known of a node yet.'));
        const on = {select: (node) => this.go(node, true), root: (node) => this.root(node), pair: (id) => this.on.go({pair: id}, true)};
        return this.panel.replaceChildren(nodePanel(tree, selected, on, this.seek || null));
    }

    /* With new figures; what was opened, scrolled to and focused stays so. */
    refillPanel() {
        const {panel} = this, top = panel.scrollTop;
        const focusable = () => [...panel.querySelectorAll('button, summary, h2')];
        const focused = focusable().indexOf(document.activeElement);
        const open = [...panel.querySelectorAll('details.answer[open]')].map((block) => Number(block.dataset.rollout));
        this.fillPanel();
        for (const block of panel.querySelectorAll('details.answer'))
            block.open = block.open || open.includes(Number(block.dataset.rollout));
        panel.scrollTop = top;
        focusable()[focused]?.focus({preventScroll: true});
    }

    toggle(node) {
        if (this.tree.childCount(node) === 0)
            return;
        this.sight.closed[node] ^= 1;
        const inside = this.selected !== node && this.tree.ancestors(this.selected).includes(node);
        this.refresh(node);
        if (this.sight.closed[node] && inside)
            this.go(node, false);
    }

    openSiblings(node) {
        for (const one of node === this.sight.root ? [node] : this.tree.children(this.tree.parent[node]))
            this.sight.closed[one] = 0;
        this.refresh(node);
    }

    all(closed) {
        this.sight.all(closed);
        this.refresh(-1);
        this.fillPanel();
    }

    root(node) {
        this.sight.root = node;
        this.sight.closed[node] = 0;
        this.selected = node;
        this.refresh(-1);
        this.go(node, false);
        this.fillPanel();
        this.outline.box.focus({preventScroll: true});
    }

    turnUnvisited() {
        this.sight.unvisited = !this.sight.unvisited;
        this.unvisited.setAttribute('aria-pressed', String(!this.sight.unvisited));
        this.refresh(this.sight.root);
        if (this.told !== this.selected)
            this.go(this.selected, false);
    }

    goBest() {
        const rollout = this.tree.rolloutOf(this.tree.body.best);
        if (rollout)
            this.go(this.tree.place.get(rollout.node), true);
    }

    enter(node) {
        this.go(node, true);
        this.panel.querySelector('h2')?.focus();
    }

    found(hits, seek) {
        this.seek = seek;
        this.canvas.hits = seek ? new Set(hits.map((hit) => hit.node)) : null;
        this.canvas.draw();
        if (!seek)
            this.fillPanel();
    }

    hit(hit, seek) {
        this.seek = seek;
        this.select(hit.node);
        this.fillPanel();
        if (hit.rollout >= 0)
            this.openAnswer(hit.rollout);
        this.panel.querySelector('mark')?.scrollIntoView({block: 'nearest'});
        this.on.go({node: this.tree.nodes[hit.node].id}, false);
    }

    openAnswer(id) {
        for (const block of this.panel.querySelectorAll('details.answer'))
            if (Number(block.dataset.rollout) === id) {
                block.open = true;
                block.scrollIntoView({block: 'nearest'});
            }
    }

    point(node, x, y) {
        this.tip.hidden = node < 0;
        if (node < 0)
            return;
        const {text, visits, value, prior, kind} = this.tree.nodes[node];
        this.tip.replaceChildren(textLabel(node === 0 ? this.tree.body.prompt : text, 240),
                                 el('div', {class: 'facts'}, `${kind} \u00b7 ${count(visits, 'visit')} \u00b7 value ${visits === 0 ? 'none' : share(value)} \u00b7 prior ${share(prior)}`));
        const {width, height} = this.canvas;
        this.tip.style.left = `${Math.max(4, Math.min(x + 14, width - this.tip.offsetWidth - 6))}px`;
        this.tip.style.top = `${y + 18 + this.tip.offsetHeight > height ? Math.max(4, y - this.tip.offsetHeight - 12) : y + 18}px`;
    }

    drawn() {
        if (!this.measured) {
            performance.mark('crux-problem');
            document.documentElement.dataset.shown = 'problem';
        }
        this.measured = true;
    }

    /* A pair by its id instead of the tree, null: the tree. False: there is none of this name. */
    showPair(id) {
        const pair = id === null ? null : this.tree.pairs.find((one) => one.id === id);
        if (pair === undefined)
            return false;
        const turned = this.pair_area.hidden === (pair !== null);
        if (!turned && pair === this.pairShown)
            return true;
        this.pairShown = pair;
        this.tree_area.hidden = pair !== null;
        this.pair_area.hidden = pair === null;
        this.box.classList.toggle('as-pair', pair !== null);
        if (pair === null)
            return true;
        const another = turned || this.pair !== id;
        this.pair = id;
        this.canvas.paths = problemPaths(this.tree, pair);
        const on = {select: (node) => this.go(node, true), pair: (other) => this.on.go({pair: other}, true),
                    tree: () => this.go(this.tree.place.get(pair.crux) ?? 0, true)};
        this.pair_area.replaceChildren(pairView(this.tree, pair, on));
        if (another) {
            this.box.scrollIntoView({block: 'start'});
            this.pair_area.querySelector('h2').focus({preventScroll: true});
        }
        return true;
    }
}

/* The nodes of a pair's two paths behind the one where they part. */
function problemPaths(tree, pair) {
    const of = (id) => {
        const rollout = tree.rolloutOf(id);
        return new Set(rollout ? tree.ancestors(tree.place.get(rollout.node)) : []);
    };
    const wrong = of(pair.wrong), right = of(pair.right);
    return {wrong: new Set([...wrong].filter((i) => !right.has(i))), right: new Set([...right].filter((i) => !wrong.has(i)))};
}

/* What was closed and made the root of a tree that has grown since; new nodes are open. */
function problemCarry(old, tree) {
    const sight = new Sight(tree);
    sight.closed.fill(0);
    sight.unvisited = old.unvisited;
    for (let i = 0; i < old.tree.count; i++) {
        const place = tree.count > 0 ? tree.place.get(old.tree.nodes[i].id) : undefined;
        if (place !== undefined && tree.childCount(place) > 0)
            sight.closed[place] = old.closed[i];
    }
    if (old.tree.count > 0 && tree.count > 0)
        sight.root = tree.place.get(old.tree.nodes[old.root].id) ?? 0;
    return sight;
}

function problemLegend() {
    const scale = el('span', {class: 'scale', 'aria-hidden': 'true'});
    for (let i = 0; i < 5; i++)
        scale.append(el('span', {class: `dot value-${i}`}));
    return el('div', {class: 'legend'},
              el('span', {}, 'value 0 ', scale, ' 1'), el('span', {}, 'size: visits'), el('span', {}, 'line: prior'),
              el('span', {}, el('span', {class: 'right'}, '\u2713'), ' right end'), el('span', {}, el('span', {class: 'wrong'}, '\u2717'), ' wrong end'),
              el('span', {}, '? unknown'), el('span', {}, el('span', {class: 'star'}, '\u2501'), ' best path'), el('span', {}, el('span', {class: 'diamond'}, '\u25c7'), ' a pair parts'),
              el('span', {}, '\u25b8 closed'));
}
