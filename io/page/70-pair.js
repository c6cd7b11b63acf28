/*
 * pair.js - a right and a wrong path side by side, from the step where they part: what they share,
 * where the wrong one goes wrong and how that is known, what completions say after each step, what
 * is said of it, and whether saying so helps.
 *
 * Steps are numbered from 1, as crux show does; the data count from 0. Numbers count steps of
 * reasoning: sub-goals, queries and documents stand between them without one.
 */

const PAIR_CHOICES = 400;   // pairs that are offered at once

const PAIR_HOW = {
    proved: {sign: '\u25c6', short: 'proved', words: 'proved by the domain'},
    agreed: {sign: '\u25c8', short: 'agreed', words: 'by completions, on which two policies agree'},
    estimated: {sign: '\u25c7', short: 'estimated', words: 'estimated by completions of one policy: some before it come right, none of enough behind it'},
    between: {sign: '\u2194', short: 'between', words: 'it is one of these steps'},
    not: {sign: '?', short: 'not known', words: 'which step is the first wrong one is not known'},
};

/* The view of a pair. on: select(node), tree(), pair(id) */
function pairView(tree, pair, on) {
    const sides = pairSides(tree, pair);
    if (!sides)
        return el('article', {class: 'pairview'}, el('h2', {tabindex: '-1'}, 'Pair ', textLabel(pair.id, 80)),
                  el('p', {}, 'The answers of this pair are not on this page.'));
    return el('article', {class: 'pairview', 'aria-label': `Pair ${pair.id}`},
              pairHead(tree, pair, on), pairVerdict(pair, sides), pairShared(tree, pair, sides, on),
              pairFork(tree, pair, on), pairPaths(tree, pair, sides, on), pairEnd(pair, sides));
}

function pairSides(tree, pair) {
    const wrong = tree.rolloutOf(pair.wrong), right = tree.rolloutOf(pair.right);
    if (!wrong || !right)
        return null;
    const sides = {wrong: {rollout: wrong, steps: tree.path(wrong)}, right: {rollout: right, steps: tree.path(right)}};
    sides.common = Math.max(0, Math.min(pair.common, sides.wrong.steps.length, sides.right.steps.length));
    return sides;
}

function pairHead(tree, pair, on) {
    const at = tree.pairs.indexOf(pair), n = tree.pairs.length;
    const to = (by, word) => el('button', {type: 'button', disabled: n < 2, onclick: () => on.pair(tree.pairs[(at + by + n) % n].id)}, word);
    return el('header', {}, el('h2', {tabindex: '-1'}, 'Where they part ', el('span', {class: 'kind'}, textLabel(pair.id.length > 80 ? pairOwnId(tree, pair) : pair.id, 80), `, pair ${at + 1} of ${n}`)),
              el('div', {class: 'buttons'}, el('button', {type: 'button', onclick: () => on.tree()}, 'Show in the tree'), pairChoice(tree, pair, on), to(-1, 'Previous pair'), to(1, 'Next pair')));
}

/* Any other pair of the problem; of very many those around this one. */
function pairChoice(tree, pair, on) {
    const at = tree.pairs.indexOf(pair), first = Math.max(0, at - PAIR_CHOICES / 2);
    const near = tree.pairs.slice(first, first + PAIR_CHOICES);
    const select = el('select', {'aria-label': 'Another pair', onchange: () => on.pair(select.value)},
                      near.map((one) => el('option', {value: one.id, selected: one === pair}, pairName(tree, one))));
    return near.length > 1 ? select : null;
}

/* Its id without the problem's. */
function pairOwnId(tree, pair) {
    const prefix = `${tree.body.id}/`;
    return pair.id.startsWith(prefix) ? pair.id.slice(prefix.length) : pair.id;
}

/* In few words: which it is, how it is located, what the wrong path answers. */
function pairName(tree, pair) {
    const wrong = tree.rolloutOf(pair.wrong);
    return `${textLine(pairOwnId(tree, pair), 40)}, ${(PAIR_HOW[pair.location.how] || PAIR_HOW.not).short}` + (wrong && wrong.answer ? `: ${textLine(wrong.answer, 40)}` : '');
}

/* What is known, in one sentence, and the chances along the path. */
function pairVerdict(pair, sides) {
    const {location} = pair, how = PAIR_HOW[location.how] || PAIR_HOW.not;
    const sentence = el('p', {class: `how how-${location.how}`}, el('span', {class: 'sign', 'aria-hidden': 'true'}, how.sign + ' '));
    if (location.index >= 0)
        sentence.append(el('strong', {}, `Step ${location.index + 1} is the first wrong step`), ` of the wrong path: ${how.words}`);
    else if (location.how === 'between')
        sentence.append(el('strong', {}, `The first wrong step is one of steps ${location.from + 1} to ${location.to + 1}`), ' of the wrong path');
    else
        sentence.append(el('strong', {}, 'Where it goes wrong is not known'), ': where two texts part is no error by itself');
    if (location.why)
        sentence.append('; ', textLabel(location.why, 300));
    if (location.maker)
        sentence.append(' (', textLabel(location.maker, 80), ')');
    sentence.append('.');
    return el('div', {class: 'pair-verdict'}, sentence, location.probes.length > 0 ? probeChart(pair, sides) : null);
}

function pairShared(tree, pair, sides, on) {
    const {common} = sides;
    if (common === 0)
        return el('p', {class: 'shared-none'}, 'They share the problem, and no step.');
    const steps = sides.wrong.steps.slice(0, common);
    const list = el('ol', {class: 'shared'}, steps.map((step) => el('li', {}, stepCard(tree, step, {side: 'shared', pair}, on))));
    return el('details', {class: 'prefix', open: common <= 3}, el('summary', {}, pairSharedWords(steps)), list);
}

/* Only steps of the reasoning are counted as steps. */
function pairSharedWords(steps) {
    const first = steps.filter((step) => step.reasoning >= 0).length;
    if (first < steps.length)
        return `They share ${pathWords(steps)}`;
    return `${first === 1 ? 'The first step is' : `The first ${NUMBERS.format(first)} steps are`} shared`;
}

function pairFork(tree, pair, on) {
    const i = tree.place.get(pair.crux);
    return el('div', {class: 'fork'},
              el('span', {class: 'fork-line'}),
              el('span', {class: 'fork-word'}, el('span', {'aria-hidden': 'true'}, '\u25c7 '), 'The crux: here they part',
                 i === undefined ? null : el('button', {type: 'button', class: 'more', onclick: () => on.select(i)}, i === 0 ? 'at the problem' : `behind node ${pair.crux}`)),
              el('span', {class: 'fork-line'}));
}

/* Both paths in rows: step beside step; a critique below the step that it points at. */
function pairPaths(tree, pair, sides, on) {
    const wrong = sides.wrong.steps.slice(sides.common), right = sides.right.steps.slice(sides.common);
    const grid = el('div', {class: 'paths'}, pairTitle('wrong', sides.wrong.rollout), pairTitle('right', sides.right.rollout));
    const said = new Set();
    for (let k = 0; k < Math.max(wrong.length, right.length); k++) {
        const differ = k === 0 && wrong[0] && right[0] ? pairDiffer(wrong[0].text, right[0].text) : null;
        grid.append(stepCell(tree, wrong[k], 'wrong', pair, differ && differ[0], on), stepCell(tree, right[k], 'right', pair, differ && differ[1], on));
        pair.critiques.forEach((critique, c) => {
            if (wrong[k] && wrong[k].reasoning >= 0 && critique.points_at === wrong[k].reasoning) {
                said.add(c);
                grid.append(critiqueBlock(critique, pair));
            }
        });
    }
    if (wrong.length === 0 && right.length === 0)
        grid.append(el('p', {class: 'wide'}, 'Their steps are the same.'));
    grid.append(el('div', {class: 'end wrong'}), el('div', {class: 'end right'}));
    pair.critiques.forEach((critique, c) => said.has(c) || grid.append(critiqueBlock(critique, pair)));
    return grid;
}

function pairTitle(side, rollout) {
    return el('h3', {class: `title ${side}`}, verdictSign(rollout.verdict), ' path',
              el('span', {class: 'answer-word'}, rollout.answer === '' ? ' without an answer' : [' answers ', el('b', {}, textLabel(rollout.answer, 100))]));
}

function stepCell(tree, step, side, pair, differ, on) {
    if (!step)
        return el('div', {class: `cell empty ${side}`, 'aria-hidden': 'true'});
    return el('div', {class: `cell ${side}`}, stepCard(tree, step, {side, pair, differ}, on));
}

/* Whose step it is, for those who see no colour, and for those who do not see. */
function sideSign(side) {
    return side === 'shared' ? null : el('span', {class: `side ${side}`}, el('span', {'aria-hidden': 'true'}, VERDICTS[side][0]), el('span', {class: 'unseen'}, `${side} path, `));
}

/* Where does this step of the wrong path stand: "first" wrong, "maybe" (one of several), "behind", or "". */
function stepPlace(step, pair) {
    const {index, how, from, to} = pair.location;
    if (step.reasoning < 0)
        return '';
    if (index >= 0)
        return step.reasoning === index ? 'first' : step.reasoning > index ? 'behind' : '';
    return how === 'between' && step.reasoning >= from && step.reasoning <= to ? 'maybe' : '';
}

function stepCard(tree, step, {side, pair, differ}, on) {
    const place = side === 'right' ? '' : stepPlace(step, pair);
    const label = place === 'first' ? `first wrong step, ${PAIR_HOW[pair.location.how]?.short}` : place === 'maybe' ? 'may be the first wrong step' : '';
    const number = step.reasoning >= 0 ? `step ${step.reasoning + 1}` : step.kind;
    const card = el('div', {class: `step ${place}${step.reasoning < 0 ? ' aside' : ''}`},
                    el('div', {class: 'step-head'}, sideSign(side), el('span', {class: 'chip'}, number),
                       step.reasoning >= 0 && step.kind === 'rationale' ? el('span', {class: 'facts'}, ' rationale') : null,
                       label ? el('strong', {class: 'flag'}, (PAIR_HOW[pair.location.how]?.sign || '') + ' ' + label) : null,
                       step.node >= 0 ? el('button', {type: 'button', class: 'more', onclick: () => on.select(step.node)}, `node ${tree.nodes[step.node].id}`) : null),
                    differ ? differBlock(step.text, differ) : textBlock(step.text),
                    step.node >= 0 ? stepFigures(tree.nodes[step.node]) : null);
    if (side !== 'right' && step.reasoning >= 0)
        for (const probe of pair.location.probes)
            if (probe.prefix === step.reasoning + 1)
                card.append(probeBar(probe));
    return card;
}

function stepFigures(node) {
    if (node.visits === 0)
        return null;
    return el('div', {class: 'facts'}, `value ${share(node.value)} over ${count(node.visits, 'visit')}` + (node.score >= 0 ? `, score ${share(node.score)}` : ''));
}

/* [from, to) of either text without what both begin and end with, by words; null: nothing is shared. */
function pairDiffer(one, two) {
    const shortest = Math.min(one.length, two.length);
    if (shortest > 20000)
        return null;
    let head = 0, tail = 0;
    while (head < shortest && one[head] === two[head])
        head++;
    while (head > 0 && /[\p{L}\p{N}\uD800-\uDFFF]/u.test(one[head - 1]))
        head--;
    while (tail < shortest - head && one[one.length - 1 - tail] === two[two.length - 1 - tail])
        tail++;
    while (tail > 0 && /[\p{L}\p{N}\uD800-\uDFFF]/u.test(one[one.length - tail]))
        tail--;
    return head + tail === 0 ? null : [[head, one.length - tail], [head, two.length - tail]];
}

function differBlock(text, [from, to]) {
    if (text.length > TEXT_FIRST || from >= to)
        return textBlock(text);
    const block = el('div', {class: 'model', dir: 'auto'}), differ = el('span', {class: 'differ'});
    textAppend(block, text.slice(0, from), null);
    textAppend(differ, text.slice(from, to), null);
    block.append(differ);
    textAppend(block, text.slice(to), null);
    return block;
}

/* What completions after a step say, with its interval. */
function probeBar(probe) {
    const mean = probe.of > 0 ? probe.right / probe.of : 0;
    const range = el('span', {class: 'range'}), point = el('span', {class: 'point'});
    range.style.left = `${probe.low * 100}%`;
    range.style.width = `${Math.max(0, probe.high - probe.low) * 100}%`;
    point.style.left = `${mean * 100}%`;
    return el('div', {class: `probe completer-${probe.completer > 0 ? 1 : 0}`}, el('span', {class: 'track', 'aria-hidden': 'true'}, range, point),
              el('span', {class: 'words'}, probeWords(probe)));
}

function probeWords(probe) {
    return `${probe.completer > 0 ? 'second policy: ' : ''}${probe.right} of ${count(probe.of, 'completion')} from here right ` +
           `(${Math.round(probe.low * 100)} to ${percent(probe.high)})` +
           (probe.from_tree > 0 ? `, ${probe.from_tree} of them the search\u2019s own` : '');
}

/* A critique and, where it was tried, what it was worth. */
function critiqueBlock(critique, pair) {
    const facts = [critique.model && `by ${critique.model}`, critique.style && `style ${critique.style}`, critique.error_type && `error: ${critique.error_type}`].filter(Boolean);
    const {location} = pair;
    if (critique.points_at >= 0)
        facts.push(`points at step ${critique.points_at + 1}` + (location.index < 0 ? '' : critique.points_at === location.index ? ', the first wrong one' : `, not the first wrong one (${location.index + 1})`));
    return el('section', {class: 'critique wide', 'aria-label': 'Critique'},
              el('h4', {}, 'Critique', el('span', {class: 'kind'}, textLine(facts.join(', '), 400))),
              textBlock(critique.text),
              critique.corrected_step ? el('div', {class: 'corrected'}, el('span', {class: 'caption'}, 'Instead'), textBlock(critique.corrected_step)) : null,
              critique.corrected_step ? el('div', {class: 'facts'}, critique.verified ? `the correction was checked${critique.method ? ` (${textLine(critique.method, 60)})` : ''}` : 'the correction was not checked') : null);
}

/* Whether a critique helps, and what else supports the pair. */
function pairEnd(pair) {
    const parts = [];
    const {verification, support} = pair;
    if (verification && verification.with_count + verification.without_count + verification.control_count > 0)
        parts.push(el('section', {class: 'worth'}, el('h3', {}, 'Does the critique help?'),
                      el('p', {class: 'facts'}, 'Of answers that the policy wrote again, how many came right:'),
                      worthBar('with this critique', verification.with_right, verification.with_count),
                      worthBar('with none', verification.without_right, verification.without_count),
                      worthBar('with another path\u2019s', verification.control_right, verification.control_count)));
    const known = ['execution', 'judge', 'completions'].filter((name) => support && support[name] >= 0);
    if (known.length > 0)
        parts.push(el('p', {class: 'facts'}, `Support: ${known.map((name) => `${name} ${share(support[name])}`).join(', ')}` +
                                             (support.count > 0 ? ` (${count(support.count, 'completion')})` : '') + '.'));
    return el('footer', {}, parts);
}

function worthBar(name, right, of) {
    return of === 0 ? null : el('div', {class: 'bar worth-bar'}, el('span', {class: 'what'}, name),
                                worthTrack(right / of), el('span', {class: 'number'}, `${right} of ${of}`));
}

function worthTrack(part) {
    const fill = el('span', {class: 'fill value'});
    fill.style.width = `${part * 100}%`;
    return el('span', {class: 'track', 'aria-hidden': 'true'}, fill);
}
