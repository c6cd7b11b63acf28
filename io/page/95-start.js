/*
 * start.js - from the address to what is on screen and back.
 *
 *     (nothing)                     the index; the problem itself, where there is only one
 *     #problem=ID                   its tree
 *     #problem=ID&node=12           with a node
 *     #problem=ID&pair=p1/w0000     the pair
 */

const START_QUIET = 250;   // milliseconds: the address follows arrows when they rest

class Page {
    constructor(index, bodies) {
        this.bodies = bodies;
        this.main = el('main', {});
        this.notice = el('p', {class: 'notice', role: 'alert', hidden: true});
        this.home = el('a', {href: '#', class: 'home'}, 'crux');
        this.run = el('div', {class: 'run'});
        this.left = el('p', {class: 'left-out', hidden: true});
        this.index = new ProblemIndex({open: (problem) => this.push({problem: problem.id})});
        this.view = null;
        this.take(index);
        this.live = index.live ? new Live(index, {index: (next) => this.grown(next)}) : null;
        const top = el('header', {class: 'top'}, this.home, this.run, this.live ? this.live.box : null);
        document.getElementById('page').replaceChildren(top, this.notice, this.left, this.main);
        this.home.addEventListener('click', (event) => {
            event.preventDefault();
            this.push({});
        });
        addEventListener('popstate', () => this.follow());
        addEventListener('keydown', (event) => this.key(event));
        this.follow();
    }

    take(index) {
        this.data = index;
        this.byId = new Map(index.problems.map((problem) => [problem.id, problem]));
        const {id, policy, input, version} = index.run || {};
        const words = [id && `run ${id}`, policy && `policy ${policy}`, input, version && `crux ${version}`].filter(Boolean);
        this.run.replaceChildren(...words.map((word) => el('span', {}, textLabel(word, 80))));
        const left = index.left_out || {problems: 0, nodes: 0, rollouts: 0, why: ''};
        const parts = [[left.problems, 'problem'], [left.nodes, 'node'], [left.rollouts, 'answer']].filter(([n]) => n > 0).map(([n, word]) => count(n, word));
        this.left.hidden = parts.length === 0;
        this.left.textContent = parts.length === 0 ? '' : `Not on this page: ${parts.join(', ')}${left.why ? ` (${textLine(left.why, 100)})` : ''}.`;
        document.body.classList.toggle('alone', index.problems.length === 1);
        this.index.show(index.problems);
    }

    /* A newer index of a run that goes on, or of another one that is in its place now. */
    grown(index) {
        const name = this.state && this.state.problem;
        const before = this.byId.get(name), other = this.data.run?.id !== index.run?.id;
        this.take(index);
        const now = this.byId.get(name);
        if (now && (!before || other || this.stale === name || liveChanged(before, now)))
            this.load(now, true);
        else if (before && !now)
            this.miss(name, `The store has no problem ${textLine(name, 80)} any more${this.isOn(name) ? ': what is here is what it was' : ''}.`);
    }

    isOn(name) {
        return Boolean(this.view && this.view.tree && this.view.tree.body.id === name && this.view.box.isConnected);
    }

    /* A store that is in another one's place has other problems by the same numbers. */
    views({n, id}) {
        const body = this.view?.tree?.body;
        return Boolean(body) && body.n === n && body.id === id;
    }

    /* Says why a problem is not on screen as it is now; when it is, that is not said any more. */
    miss(name, sentence) {
        this.stale = name;
        this.say(sentence);
    }

    key(event) {
        const typing = /^(input|select|textarea)$/i.test(event.target.tagName);
        if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey)
            return;
        event.preventDefault();
        (this.view && this.view.box.isConnected && !this.view.tree_area.hidden ? this.view.search.input : this.index.words).focus();
    }

    address(state) {
        const parts = ['problem', 'node', 'pair'].filter((name) => state[name] !== undefined).map((name) => `${name}=${encodeURIComponent(String(state[name]).toWellFormed?.() ?? state[name])}`);
        return '#' + parts.join('&');
    }

    push(state) {
        clearTimeout(this.quiet);
        if (this.address(state) !== (location.hash || '#'))
            try {
                history.pushState(null, '', this.address(state));
            } catch {
                location.hash = this.address(state);
            }
        this.follow();
    }

    /* The same entry of the history, when it rests: browsers count how often it is written. */
    replace(state) {
        this.state = state;
        clearTimeout(this.quiet);
        this.quiet = setTimeout(() => {
            try {
                history.replaceState(null, '', this.address(state));
            } catch {
                /* The address is a convenience: what is on screen is right without it. */
            }
        }, START_QUIET);
    }

    read() {
        const state = {};
        for (const part of location.hash.slice(1).split('&')) {
            const at = part.indexOf('=');
            if (at < 0)
                continue;
            try {
                state[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1));
            } catch {
                state.bad = part;
            }
        }
        return state;
    }

    follow() {
        clearTimeout(this.quiet);
        const state = this.read();
        this.say(state.bad ? `The address is not as this page writes it: ${textLine(state.bad, 80)}` : '');
        const only = this.data.problems.length === 1 && location.hash === '' ? this.data.problems[0] : null;
        const problem = only || (state.problem === undefined ? null : this.byId.get(state.problem));
        this.state = only ? {problem: only.id} : state;
        if (problem)
            return this.load(problem, false);
        if (state.problem !== undefined)
            this.miss(state.problem, `This page has no problem ${textLine(state.problem, 80)}.`);
        return this.showIndex();
    }

    say(sentence) {
        this.notice.hidden = sentence === '';
        this.notice.textContent = sentence;
    }

    /* A problem that is awaited comes too late then. */
    showIndex() {
        this.turn = null;
        this.state = {};
        document.title = 'crux';
        document.body.classList.remove('in-problem');
        if (!this.index.box.isConnected) {
            this.main.replaceChildren(this.index.box);
            this.index.list.refresh(true);
            if (this.view)
                this.index.list.box.focus({preventScroll: true});
        }
        performance.mark('crux-index');
        document.documentElement.dataset.shown = 'index';
    }

    /* anew: fetched again although it is on screen. So is one while another is awaited: whoever
     * comes back before that is there wants this one, as it is now. */
    async load(problem, anew) {
        const awaited = this.turn && this.turn.n !== problem.n;
        if (!anew && !awaited && this.views(problem) && this.view.box.isConnected)
            return this.place();
        const turn = this.turn = {n: problem.n};
        try {
            const body = await this.body(problem);
            if (turn !== this.turn)
                return undefined;
            if (this.stale === problem.id)
                this.miss(null, '');
            this.showProblem(problem, body, anew);
        } catch (error) {
            if (turn === this.turn) // when the page is live the next index asks for it again
                this.miss(problem.id, error instanceof DataError ? error.message : `Problem ${problem.id} cannot be shown: ${error.message}`);
        } finally {
            if (turn === this.turn)
                this.turn = null;
        }
        return undefined;
    }

    async body(problem) {
        if (this.data.live && problem.state === 'waiting')
            throw new DataError('This problem is not done yet: its tree is here when it is.');
        if (this.data.live)
            return liveFetch(`problem.json?n=${problem.n}`);
        const block = this.bodies.get(problem.n);
        if (!block)
            throw new DataError(problem.state === 'waiting' ? 'This problem was not begun when the page was written.'
                                                            : 'The tree of this problem is not on this page.');
        return dataParse(block.textContent, `The data of problem ${problem.id}`);
    }

    /* grown: it was on screen, and what is selected stays. */
    showProblem(problem, body, grown) {
        const same = this.views(body);
        if (!same) {
            this.view?.close();
            this.view = new ProblemView({go: (part, pushed) => this.go(part, pushed)});
        }
        if (!this.view.box.isConnected) {
            this.main.replaceChildren(this.view.box);
            document.body.classList.add('in-problem');
        }
        this.view.show(body, problem);
        document.title = `${textLine(problem.id, 60)} - crux`;
        if (!same || !grown)
            this.place(!same);
        else if (this.state.pair !== undefined)
            this.view.showPair(this.state.pair);
    }

    /* What the address names of the problem that is on screen. */
    place(fresh = false) {
        const {state, view} = this;
        const pair = state.pair === undefined ? null : state.pair;
        if (!view.showPair(pair)) {
            view.showPair(null);
            this.say(`This problem has no pair ${textLine(state.pair, 80)} on this page.`);
        }
        if (state.node !== undefined && !view.selectId(Number(state.node)))
            this.say(`Node ${textLine(state.node, 20)} is not on this page.`);
        if (fresh && pair === null)
            view.outline.box.focus({preventScroll: true});
        if (pair !== null)
            document.documentElement.dataset.shown = 'pair';
        else if (view.measured)
            document.documentElement.dataset.shown = 'problem';
    }

    go(part, pushed) {
        const state = {problem: this.state.problem, ...part};
        if (pushed)
            this.push(state);
        else
            this.replace(state);
    }
}

function start() {
    try {
        const block = document.getElementById('crux-index');
        if (!block)
            throw new DataError('This page has no data: it was cut off when it was written or copied.');
        const index = dataCheckIndex(dataParse(block.textContent, 'The index of this page'));
        window.cruxPage = new Page(index, dataEmbedded());
    } catch (error) {
        document.getElementById('page').replaceChildren(el('p', {class: 'notice', role: 'alert'}, error.message));
        if (!(error instanceof DataError))
            throw error;
    }
}

start();
