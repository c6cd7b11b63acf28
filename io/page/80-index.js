/*
 * index.js - the list of problems: filtered by verdict, pairs, cost and words, sorted, of any length.
 */

const INDEX_HEIGHT = 66;
const INDEX_NARROW = 88;

const INDEX_VERDICTS = {
    all: ['all', () => true],
    right: ['with a right answer', (problem) => problem.right > 0],
    none: ['without a right answer', (problem) => problem.state === 'finished' && problem.right === 0],
    mixed: ['with right and wrong ones', (problem) => problem.right > 0 && problem.wrong > 0],
    failed: ['failed', (problem) => problem.state === 'failed'],
    waiting: ['waiting', (problem) => problem.state === 'waiting'],
};

const INDEX_PAIRS = {
    all: ['any number', () => true],
    some: ['with pairs', (problem) => problem.pairs > 0],
    none: ['without pairs', (problem) => problem.pairs === 0],
    located: ['first wrong step known', (problem) => problem.located > 0],
    unlocated: ['a first wrong step not known', (problem) => problem.pairs > problem.located],
    critiques: ['with critiques', (problem) => problem.critiques > 0],
};

const INDEX_COSTS = {
    tokens: ['tokens', (problem) => problem.prompt_tokens + problem.completion_tokens],
    calls: ['calls', (problem) => problem.calls],
    price: ['price', (problem) => problem.price / 1e9],
    nodes: ['nodes', (problem) => problem.nodes],
};

const INDEX_SORTS = {
    order: ['order of the run', (problem) => problem.n],
    id: ['id', (problem) => problem.id],
    right: ['right answers', (problem) => problem.right],
    share: ['share of right answers', (problem) => indexShare(problem)],
    wrong: ['wrong answers', (problem) => problem.wrong],
    pairs: ['pairs', (problem) => problem.pairs],
    critiques: ['critiques', (problem) => problem.critiques],
    nodes: ['nodes', (problem) => problem.nodes],
    depth: ['depth', (problem) => problem.depth],
    value: ['value', (problem) => problem.value],
    tokens: ['tokens', INDEX_COSTS.tokens[1]],
    calls: ['calls', (problem) => problem.calls],
    price: ['price', (problem) => problem.price],
};

function indexShare(problem) {
    const known = problem.right + problem.wrong;
    return known > 0 ? problem.right / known : -1;
}

class ProblemIndex {
    /* on: open(problem) */
    constructor(on) {
        this.on = on;
        this.problems = [];
        this.shown = [];
        this.order = new Intl.Collator('en', {numeric: true});
        const again = () => this.apply();
        this.words = el('input', {type: 'search', placeholder: 'Words in id or problem', 'aria-label': 'Words in id or problem', spellcheck: 'false', autocomplete: 'off', oninput: again});
        this.verdict = indexChoice(INDEX_VERDICTS, again);
        this.pairs = indexChoice(INDEX_PAIRS, again);
        this.unit = indexChoice(INDEX_COSTS, again);
        this.least = el('input', {type: 'number', min: '0', step: 'any', placeholder: 'from', 'aria-label': 'cost from', oninput: again});
        this.most = el('input', {type: 'number', min: '0', step: 'any', placeholder: 'to', 'aria-label': 'cost to', oninput: again});
        this.sort = indexChoice(INDEX_SORTS, again);
        this.down = el('button', {type: 'button', 'aria-pressed': 'false', 'aria-label': 'Largest first', title: 'Largest first', onclick: () => this.turn()}, '\u2191');
        this.told = el('p', {class: 'told', role: 'status'});
        this.list = new LongList({role: 'listbox', 'aria-label': 'Problems', class: 'list problems'}, INDEX_HEIGHT, (row, i) => this.fill(row, i), (i) => this.press(i));
        const narrow = matchMedia('(max-width: 699px)');
        const measure = () => {
            this.list.height = narrow.matches ? INDEX_NARROW : INDEX_HEIGHT;
            this.list.set(this.shown.length);
        };
        narrow.addEventListener('change', measure);
        measure();
        this.list.box.addEventListener('keydown', (event) => this.key(event));
        this.box = el('section', {class: 'index', 'aria-label': 'Index of problems'},
                      el('form', {class: 'filters', onsubmit: (event) => event.preventDefault()},
                         this.words, el('label', {}, 'Answers ', this.verdict), el('label', {}, 'Pairs ', this.pairs),
                         el('span', {class: 'cost'}, el('label', {}, 'Cost in ', this.unit), this.least, this.most),
                         el('span', {class: 'cost'}, el('label', {}, 'Sort by ', this.sort), this.down)),
                      this.told, this.list.box);
    }

    turn() {
        const down = this.down.getAttribute('aria-pressed') !== 'true';
        this.down.setAttribute('aria-pressed', String(down));
        this.down.textContent = down ? '\u2193' : '\u2191';
        this.apply();
    }

    show(problems) {
        this.problems = problems;
        this.apply();
    }

    apply() {
        const active = this.shown[this.list.active];
        const seek = this.words.value.trim().toLowerCase();
        const cost = INDEX_COSTS[this.unit.value][1];
        const least = this.least.value === '' ? -Infinity : Number(this.least.value);
        const most = this.most.value === '' ? Infinity : Number(this.most.value);
        const verdict = INDEX_VERDICTS[this.verdict.value][1], pairs = INDEX_PAIRS[this.pairs.value][1];
        this.shown = this.problems.filter((problem) => verdict(problem) && pairs(problem) && cost(problem) >= least && cost(problem) <= most &&
            (seek === '' || problem.id.toLowerCase().includes(seek) || problem.prompt.toLowerCase().includes(seek)));
        this.arrange();
        this.told.textContent = this.shown.length === this.problems.length ? count(this.problems.length, 'problem')
                                                                            : `${NUMBERS.format(this.shown.length)} of ${count(this.problems.length, 'problem')}`;
        this.list.active = active ? this.shown.findIndex((problem) => problem.n === active.n) : -1;
        this.list.set(this.shown.length);
    }

    arrange() {
        const key = INDEX_SORTS[this.sort.value][1];
        const sign = this.down.getAttribute('aria-pressed') === 'true' ? -1 : 1;
        const compare = this.sort.value === 'id' ? (a, b) => this.order.compare(a.id, b.id) : (a, b) => key(a) - key(b);
        this.shown.sort((a, b) => sign * compare(a, b) || a.n - b.n);
    }

    /* The words of a row are what is read aloud, too. */
    fill(row, i) {
        const problem = this.shown[i];
        row.setAttribute('role', 'option');
        row.setAttribute('aria-posinset', i + 1);
        row.setAttribute('aria-setsize', this.shown.length);
        row.dataset.problem = problem.id;
        row.classList.add(`state-${problem.state}`);
        row.append(el('div', {class: 'what'}, el('b', {class: 'id'}, textLabel(problem.id, 80)), el('span', {class: 'prompt'}, textLabel(problem.prompt, 300))),
                   el('div', {class: 'facts'}, indexAnswers(problem), indexFacts(problem)));
    }

    press(i) {
        this.list.activate(i);
        this.on.open(this.shown[i]);
    }

    key(event) {
        if (event.ctrlKey || event.metaKey || event.altKey)
            return;
        const to = this.list.moved(event.key);
        if (to >= 0)
            this.list.activate(this.list.active < 0 && event.key.startsWith('Arrow') ? 0 : to);
        else if (event.key === 'Enter' && this.list.active >= 0)
            this.on.open(this.shown[this.list.active]);
        else
            return;
        event.preventDefault();
    }
}

function indexChoice(rows, changed) {
    return el('select', {onchange: changed}, Object.entries(rows).map(([value, [name]]) => el('option', {value}, name)));
}

/* A bar of right, wrong and unknown answers, and their numbers. */
function indexAnswers(problem) {
    if (problem.state === 'waiting' && problem.right + problem.wrong + problem.unknown === 0)
        return el('span', {class: 'badge'}, 'waiting');
    const badge = problem.state === 'failed' ? el('span', {class: 'badge bad', title: textLine(problem.failure, 300)}, 'failed')
                : problem.state === 'waiting' ? el('span', {class: 'badge'}, 'unfinished') : null;
    const all = problem.right + problem.wrong + problem.unknown;
    const bar = el('span', {class: 'split', 'aria-hidden': 'true'});
    const words = el('span', {class: 'ends'});
    for (const verdict of ['right', 'wrong', 'unknown'])
        if (problem[verdict] > 0) {
            const part = el('span', {class: `part ${verdict}`});
            part.style.flexGrow = String(problem[verdict] / all);
            bar.append(part);
            words.append(el('span', {class: verdict}, `${VERDICTS[verdict][0]} ${NUMBERS.format(problem[verdict])}`, el('span', {class: 'unseen'}, ` ${verdict} `)));
        }
    return el('span', {class: 'answers'}, badge, all > 0 ? bar : null, words);
}

function indexFacts(problem) {
    const facts = [];
    if (problem.failure)
        facts.push(textLine(problem.failure, 120));
    if (problem.pairs > 0)
        facts.push(`${count(problem.pairs, 'pair')}, ${NUMBERS.format(problem.located)} located` + (problem.critiques > 0 ? `, ${count(problem.critiques, 'critique')}` : ''));
    facts.push(count(problem.nodes, 'node') + (problem.shown < problem.nodes ? ` (${NUMBERS.format(problem.shown)} here)` : ''));
    facts.push(...costWords(problem));
    return el('span', {class: 'rest'}, facts.join(' \u00b7 '));
}

function costWords(problem) {
    const facts = [count(problem.calls, 'call')];
    const tokens = problem.prompt_tokens + problem.completion_tokens;
    if (tokens > 0)
        facts.push(count(tokens, 'token'));
    if (problem.price > 0)
        facts.push(`price ${price(problem.price)}`);
    return facts;
}
