/*
 * node.js - all that is known of one node: its text, its figures, its siblings beside it, what critics
 * said, what the model thought, and the complete answers that go through it.
 */

const NODE_SIBLINGS = 12;   // that are shown at once
const NODE_ANSWERS = 12;

/* The panel of a node. on: select(node), root(node), pair(id); seek: what a search looks for. */
function nodePanel(tree, i, on, seek) {
    const node = tree.nodes[i];
    return el('article', {class: 'node', 'aria-label': `Node ${node.id}`},
              nodeHead(tree, i, on),
              i === 0 ? null : textBlock(node.text, {seek}),
              nodeFigures(tree, i),
              nodePairs(tree, i, on),
              nodeSiblings(tree, i, on),
              nodeNotes(tree.notes.nodes.get(node.id), seek),
              nodeAnswers(tree, i, on, seek));
}

function nodeHead(tree, i, on) {
    const node = tree.nodes[i];
    return el('header', {},
              el('h2', {tabindex: '-1'}, i === 0 ? 'The problem' : `Node ${node.id}`,
                 el('span', {class: 'kind'}, `${i === 0 ? 'root' : node.kind}, level ${tree.depth[i]}${node.terminal ? ', complete' : ''}`)),
              tree.best[i] ? el('span', {class: 'star'}, '\u2605 on the best path') : null,
              el('div', {class: 'buttons'},
                 el('button', {type: 'button', onclick: () => on.root(i)}, 'Make this the root'),
                 i > 0 ? el('button', {type: 'button', onclick: () => on.select(tree.parent[i])}, 'To its parent') : null));
}

function nodeFigures(tree, i) {
    const node = tree.nodes[i];
    const {right, wrong, unknown} = tree.ends;
    const figures = [
        ['visits', NUMBERS.format(node.visits)],
        ['value', node.visits === 0 ? 'none yet' : share(node.value)],
        ['prior', share(node.prior)],
        ['critic\u2019s score', share(node.score)],
        ['children', NUMBERS.format(tree.childCount(i)) + (node.hidden > 0 ? `, ${NUMBERS.format(node.hidden)} more not on this page` : '')],
        ['nodes below', NUMBERS.format(tree.below[i] - 1)],
        ['answers through it', `${NUMBERS.format(right[i])} right, ${NUMBERS.format(wrong[i])} wrong, ${NUMBERS.format(unknown[i])} unknown`],
    ];
    return el('dl', {class: 'figures'}, figures.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}

function nodePairs(tree, i, on) {
    const pairs = tree.parts.get(i);
    if (!pairs)
        return null;
    const list = el('ul', {class: 'chips'});
    const chip = (pair) => list.append(el('li', {}, el('button', {type: 'button', class: 'pair', onclick: () => on.pair(pair.id)},
                                                      '\u25c7 ', textLabel(pairName(tree, pair), 120))));
    return el('section', {}, el('h3', {}, `${count(pairs.length, 'pair')} ${pairs.length === 1 ? 'parts' : 'part'} here`), list, growing(list, pairs, 8, chip));
}

/* Adds some of many and returns a button that adds more; null: all are there. */
function growing(list, items, many, put) {
    let at = 0;
    const more = el('button', {type: 'button', class: 'more'});
    const grow = () => {
        for (const end = Math.min(items.length, at + many); at < end; at++)
            put(items[at], at);
        many = Math.min(many * 4, 500);
        more.textContent = `show ${NUMBERS.format(Math.min(many, items.length - at))} more of ${NUMBERS.format(items.length - at)}`;
        if (at >= items.length)
            more.remove();
    };
    grow();
    more.addEventListener('click', () => {
        const next = list.children.length;
        grow();
        list.children[next]?.querySelector('button, summary')?.focus();
    });
    return at < items.length ? more : null;
}

/* Which sibling was chosen: the one on the best path, else the one that was visited most, of
 * equally often visited ones the better; none where nothing tells two apart. They come in the order
 * of nodeOrder(), and are at least two. */
function nodeChosen(tree, siblings) {
    const best = siblings.find((i) => tree.best[i]);
    if (best !== undefined)
        return {node: best, why: 'on the best path'};
    const [first, second] = siblings.map((i) => tree.nodes[i]);
    if (first.visits === 0 || (first.visits === second.visits && first.value === second.value))
        return {node: -1, why: ''};
    return {node: siblings[0], why: first.visits > second.visits ? 'most visits' : 'most visits, and the better value'};
}

function nodeOrder(tree, a, b) {
    const [one, two] = [tree.nodes[a], tree.nodes[b]];
    return two.visits - one.visits || two.value - one.value || two.prior - one.prior || a - b;
}

function nodeSiblings(tree, i, on) {
    if (i === 0 || tree.childCount(tree.parent[i]) < 2)
        return null;
    const siblings = [...tree.children(tree.parent[i])].sort((a, b) => nodeOrder(tree, a, b));
    const chosen = nodeChosen(tree, siblings);
    /* The chosen one and this one first: of 10,000 siblings these two are compared. */
    const first = [chosen.node, i].filter((one, k, all) => one >= 0 && all.indexOf(one) === k);
    const order = [...first, ...siblings.filter((one) => !first.includes(one))];
    const list = el('ul', {class: 'siblings'});
    const more = growing(list, order, NODE_SIBLINGS, (one) => list.append(siblingCard(tree, one, i, chosen, on)));
    const hidden = tree.nodes[tree.parent[i]].hidden;
    return el('section', {},
              el('h3', {}, `${count(siblings.length, 'candidate')} for this step`,
                 hidden > 0 ? `, ${NUMBERS.format(hidden)} more not on this page` : ''),
              list, more);
}

function siblingCard(tree, one, current, chosen, on) {
    const node = tree.nodes[one], most = tree.nodes[tree.parent[one]].visits;
    const fate = one === chosen.node ? `chosen: ${chosen.why}` : node.visits === 0 ? 'never visited' : chosen.node >= 0 ? 'rejected' : 'none was preferred';
    return el('li', {class: `sibling${one === chosen.node ? ' chosen' : ''}${one === current ? ' current' : ''}`},
              el('div', {class: 'fate'}, one === chosen.node ? '\u2605 ' : '', fate, one === current ? el('strong', {}, ' (this one)') : null),
              el('button', {type: 'button', class: 'model-button', 'aria-current': one === current ? 'true' : null, onclick: () => on.select(one)},
                 textLabel(node.text || '(no text)', 160)),
              siblingBar('visits', most > 0 ? node.visits / most : 0, NUMBERS.format(node.visits)),
              siblingBar('value', node.visits > 0 ? node.value : -1, node.visits > 0 ? share(node.value) : 'none'),
              siblingBar('prior', node.prior, share(node.prior)),
              siblingBar('score', node.score, share(node.score)),
              outlineEnds(tree, one, true));
}

function siblingBar(name, part, text) {
    const fill = el('span', {class: `fill ${name}`});
    fill.style.width = `${Math.max(0, Math.min(1, part)) * 100}%`;
    return el('div', {class: 'bar'}, el('span', {class: 'what'}, name), el('span', {class: 'track', 'aria-hidden': 'true'}, fill), el('span', {class: 'number'}, text));
}

/* Remarks of critics and thoughts of the model, null: none. */
function nodeNotes(notes, seek) {
    if (!notes)
        return null;
    const sections = [];
    if (notes.remarks.length > 0)
        sections.push(el('h3', {}, 'What critics say'), el('ul', {class: 'remarks'}, notes.remarks.map((remark) => remarkItem(remark, seek))));
    if (notes.thoughts.length > 0)
        sections.push(el('details', {class: 'thoughts'},
                         el('summary', {}, `What the model thought before (${count(notes.thoughts.reduce((sum, note) => sum + note.text.length, 0), 'character')})`),
                         notes.thoughts.map((note) => textBlock(note.text, {seek}))));
    return el('section', {}, sections);
}

function remarkItem(remark, seek) {
    const facts = [remark.role, `score ${share(remark.score)}`];
    if (remark.judges > 1)
        facts.push(`${remark.judges} judges`);
    if (remark.spread > 0)
        facts.push(`${share(remark.spread)} apart`);
    const steps = (remark.steps || []).map((step, k) => `${k + 1}: ${typeof step === 'number' ? share(step) : step}`);
    return el('li', {}, el('div', {class: 'facts'}, facts.join(' \u00b7 ')),
              steps.length > 0 ? el('div', {class: 'facts'}, 'steps ' + textHead(steps.join(', '), 2000)) : null,
              remark.why ? textBlock(remark.why, {seek}) : null);
}

function nodeAnswers(tree, i, on, seek) {
    const all = [...tree.rolloutsBelow(i)].map((k) => tree.rollouts[k]);
    if (all.length === 0)
        return null;
    const own = tree.at.get(i)?.length || 0;
    const list = el('ul', {class: 'answers'});
    const more = growing(list, all, NODE_ANSWERS, (rollout, k) => list.append(el('li', {}, answerBlock(tree, rollout, i, on, seek, k === 0 && all.length === 1))));
    return el('section', {}, el('h3', {}, `${count(all.length, 'complete answer')} through it`,
                                own < all.length ? `, ${own} of them drawn here` : ''), list, more);
}

const VERDICTS = {right: ['\u2713', 'right'], wrong: ['\u2717', 'wrong'], unknown: ['?', 'unknown']};

function verdictSign(verdict) {
    const [sign, word] = VERDICTS[verdict] || VERDICTS.unknown;
    return el('span', {class: `verdict ${word}`}, el('span', {'aria-hidden': 'true'}, sign + ' '), word);
}

/* An answer, closed; its text is made when it is opened. */
function answerBlock(tree, rollout, i, on, seek, open) {
    const place = tree.place.get(rollout.node);
    const block = el('details', {class: 'answer', 'data-rollout': rollout.id},
                     el('summary', {}, verdictSign(rollout.verdict), ' ',
                        rollout.answer === '' ? el('span', {class: 'none'}, 'no answer found in it') : textLabel(rollout.answer, 120),
                        rollout.id === tree.body.best ? el('span', {class: 'star'}, ' \u2605 best') : null,
                        place !== i ? el('span', {class: 'facts'}, ` from node ${rollout.node}`) : null));
    const fill = () => {
        const steps = tree.path(rollout);
        block.append(
            el('div', {class: 'facts'}, `reward ${share(rollout.reward)}`,
               place !== i ? el('button', {type: 'button', class: 'more', onclick: () => on.select(place)}, `to node ${rollout.node}`) : null),
            el('div', {class: 'caption'}, `The whole path in ${pathWords(steps)}`),
            el('ol', {class: 'steps'}, steps.map((step) => pathItem(step, seek))),
            rollout.text === '' ? null : el('div', {class: 'caption'}, 'As the model wrote it from its node on'),
            rollout.text === '' ? null : textBlock(rollout.text, {seek}),
            nodeNotes(tree.notes.rollouts.get(rollout.id), seek) || '');
    };
    block.addEventListener('toggle', () => block.open && block.children.length === 1 && fill());
    if (open)
        block.open = true;
    return block;
}

/* A step of a path with its number in the reasoning, or else its kind: sub-goals, queries and documents have none. */
function pathItem(step, seek) {
    return el('li', {class: step.node >= 0 ? 'of-node' : null},
              step.reasoning >= 0 ? el('span', {class: 'number'}, `${step.reasoning + 1}.`) : el('span', {class: 'chip'}, step.kind),
              textBlock(step.text, {seek, first: 600}));
}

/* How many steps of the reasoning these are, and what stands between them. */
function pathWords(steps) {
    const reasoning = steps.filter((step) => step.reasoning >= 0).length;
    const aside = steps.filter((step) => step.reasoning < 0).map((step) => step.kind);
    const queries = aside.filter((kind) => kind === 'query').length, documents = aside.filter((kind) => kind === 'doc').length;
    const others = [[aside.length - queries - documents, 'sub-goal'], [queries, 'query', 'queries'], [documents, 'document']]
        .filter(([number]) => number > 0).map((words) => count(...words)).join(', ');
    if (others === '')
        return count(reasoning, 'step');
    return reasoning === 0 ? `no step, but ${others}` : `${count(reasoning, 'step')}, with ${others}`;
}
