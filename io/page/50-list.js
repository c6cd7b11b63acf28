/*
 * list.js - a list of any length of which only what is in view is in the document. Rows have one
 * height; the keyboard stays on the list itself (aria-activedescendant), and the active row is in the
 * document wherever the list has been scrolled to.
 */

const LIST_BESIDE = 8;     // rows beyond the view, so that scrolling shows no gap
const LIST_MOST = 300;     // rows in the document, whatever the view's height (printing, a broken style)

let listNumber = 0;

class LongList {
    /* attributes of the list; height of a row; fill(row element, i); press(i): a click on a row */
    constructor(attributes, height, fill, press) {
        this.height = height;
        this.fill = fill;
        this.count = 0;
        this.active = -1;
        this.rows = new Map();
        this.prefix = `list${++listNumber}-`;
        this.space = el('div', {class: 'space', role: 'presentation'});
        this.box = el('div', {class: 'list', tabindex: '0', ...attributes}, this.space);
        this.box.addEventListener('scroll', () => this.refresh(false), {passive: true});
        this.space.addEventListener('click', (event) => {
            const row = event.target.closest('[data-row]');
            if (row)
                press(Number(row.dataset.row), event);
        });
        this.watch = new ResizeObserver(() => this.refresh(false));
        this.watch.observe(this.box);
    }

    close() {
        this.watch.disconnect();
    }

    /* So many rows now, with new content. */
    set(count) {
        this.count = count;
        if (this.active >= count)
            this.active = count - 1;
        this.space.style.height = `${count * this.height}px`;
        this.refresh(true);
    }

    /* The rows that shall be there; anew: all are filled again. */
    refresh(anew) {
        const {scrollTop, clientHeight} = this.box;
        const first = Math.max(0, Math.floor(scrollTop / this.height) - LIST_BESIDE);
        const last = Math.min(this.count, first + LIST_MOST, Math.ceil((scrollTop + clientHeight) / this.height) + LIST_BESIDE);
        for (const [i, row] of this.rows)
            if (anew || ((i < first || i >= last) && i !== this.active)) {
                row.remove();
                this.rows.delete(i);
            }
        for (let i = first; i < last; i++)
            this.make(i);
        if (this.active >= 0)
            this.make(this.active);
        this.describe();
    }

    make(i) {
        if (this.rows.has(i))
            return;
        const row = el('div', {id: this.prefix + i, 'data-row': i, class: 'row'});
        row.style.top = `${i * this.height}px`;
        row.style.height = `${this.height}px`;
        this.fill(row, i);
        row.setAttribute('aria-selected', String(i === this.active));
        this.rows.set(i, row);
        /* In the order of the list, for readers of the document. */
        const next = [...this.rows.keys()].filter((other) => other > i).sort((a, b) => a - b)[0];
        this.space.insertBefore(row, next === undefined ? null : this.rows.get(next));
    }

    describe() {
        if (this.active >= 0)
            this.box.setAttribute('aria-activedescendant', this.prefix + this.active);
        else
            this.box.removeAttribute('aria-activedescendant');
    }

    /* Makes a row the active one and brings it into view. */
    activate(i) {
        const before = this.rows.get(this.active);
        if (before)
            before.setAttribute('aria-selected', 'false');
        this.active = Math.max(-1, Math.min(this.count - 1, i));
        if (this.active < 0)
            return this.refresh(false);
        const top = this.active * this.height, {scrollTop, clientHeight} = this.box;
        if (top < scrollTop)
            this.box.scrollTop = top;
        else if (top + this.height > scrollTop + clientHeight && clientHeight > 0)
            this.box.scrollTop = top + this.height - clientHeight;
        this.refresh(false);
        return this.rows.get(this.active).setAttribute('aria-selected', 'true');
    }

    /* The row that a key leads to, of those that all lists know; -1: not one of these. */
    moved(key) {
        const page = Math.max(1, Math.floor(this.box.clientHeight / this.height) - 1);
        const to = {ArrowDown: this.active + 1, ArrowUp: this.active - 1, Home: 0, End: this.count - 1,
                    PageDown: this.active + page, PageUp: this.active - page}[key];
        return to === undefined || this.count === 0 ? -1 : Math.max(0, Math.min(this.count - 1, to));
    }
}
