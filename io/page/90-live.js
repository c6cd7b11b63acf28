/*
 * live.js - the page of a store that is still being written: the index is asked for again and again,
 * a problem that is open when its numbers changed. When the server is gone the page says since when,
 * and goes on asking more slowly.
 */

const LIVE_PAUSE = 2000;       // milliseconds between two questions
const LIVE_SLOWEST = 30000;

class Live {
    /* on: index(index): a new one is there */
    constructor(index, on) {
        this.on = on;
        this.pause = LIVE_PAUSE;
        this.since = new Date();
        this.box = el('p', {class: 'live', role: 'status'});
        this.tell(index);
        this.wait();
    }

    wait() {
        setTimeout(() => this.ask(), this.pause);
    }

    async ask() {
        let index = null;
        try {
            index = dataCheckIndex(await liveFetch('index.json'));
            this.pause = LIVE_PAUSE;
            this.since = new Date();
        } catch (error) {
            this.pause = Math.min(LIVE_SLOWEST, this.pause * 2);
            this.box.classList.add('gone');
            liveSay(this.box, `${error instanceof DataError ? error.message : 'The server does not answer any more.'} What is here is of ${this.since.toLocaleTimeString()}.`);
        }
        if (index) {
            this.tell(index);
            this.on.index(index);
        }
        this.wait();
    }

    tell(index) {
        const {pulse} = index;
        this.box.classList.remove('gone');
        if (!pulse)
            return liveSay(this.box, '');
        if (pulse.problems === 0)
            return liveSay(this.box, `${pulse.running ? 'Running' : 'Not running'}: no problem is there yet`);
        const words = [`${NUMBERS.format(pulse.done)} of ${count(pulse.problems, 'problem')} done`, count(pulse.calls, 'call'), count(pulse.pairs, 'pair'),
                       count(pulse.prompt_tokens + pulse.completion_tokens, 'token')];
        if (pulse.price > 0)
            words.push(`price ${price(pulse.price)}`);
        if (pulse.running)
            words.push(`${NUMBERS.format(pulse.in_flight)} in flight`);
        return liveSay(this.box, `${pulse.running ? 'Running' : 'Not running'}: ${words.join(' \u00b7 ')}`);
    }
}

/* Only what changed is said, for those who have it read to them. */
function liveSay(box, sentence) {
    if (box.textContent !== sentence)
        box.textContent = sentence;
}

async function liveFetch(name) {
    const reply = await fetch(name, {cache: 'no-store', credentials: 'omit', redirect: 'error'});
    if (!reply.ok)
        throw new DataError(`The server answered ${reply.status} when it was asked for ${name}${liveWhy(await reply.text())}`);
    return dataParse(await reply.text(), name);
}

/* The server's own sentence, as the end of one. */
function liveWhy(text) {
    const line = textLine(text, 300);
    return line === '' ? '.' : `: ${line.replace(/\.?$/, '.')}`;
}

/* Whether a problem that is open has to be fetched again. */
function liveChanged(before, now) {
    return Object.keys(now).some((key) => now[key] !== before[key]);
}
