/*
 * canvas.js - the tree as a picture: drawn, moved, zoomed, clicked.
 *
 * The root is at the left, a level is a column. A node's size says how often it was visited, its colour
 * its value, the width of the line to it its prior. Ends have shapes: a tick right, a cross wrong, a
 * question mark unknown. A diamond is where a pair parts. Both axes zoom on their own, so that a tree
 * of 20,000 siblings or of 1,024 levels fits into view; of what stands on the same pixel one is drawn.
 *
 * It is a picture only: all that it can do is in the outline and in buttons, too.
 */

const CANVAS_LEVEL = 190;      // pixels between levels, at zoom 1
const CANVAS_ROW = 26;         // between siblings
const CANVAS_SHADES = 11;      // steps of the scale of values
const CANVAS_CLOSEST = 2.5;    // zoom
const CANVAS_BORDER = 30;
const CANVAS_NAMES = {x: 60, y: 13};    // pixels between levels and siblings from which on names are drawn
const CANVAS_MARKS = 28;                // pixels of the marks behind the last level

class TreeCanvas {
    /* on: select(node), toggle(node), point(node or -1, x, y) */
    constructor(on) {
        this.on = on;
        this.canvas = el('canvas', {role: 'img', 'aria-label': 'The tree as a picture; the outline has all that is in it.'});
        this.box = el('div', {class: 'canvas'}, this.canvas);
        this.paths = null;
        this.selected = -1;
        this.hits = null;
        this.pointers = new Map();
        this.readColours();
        this.listen();
    }

    readColours() {
        const style = getComputedStyle(document.documentElement);
        const of = (name) => style.getPropertyValue('--' + name).trim();
        this.colour = Object.fromEntries(
            ['back', 'text', 'soft', 'line', 'right', 'wrong', 'unknown', 'crux', 'best', 'focus', 'low', 'middle', 'high']
                .map((name) => [name, of(name)]));
        this.shades = Array.from({length: CANVAS_SHADES}, (_, i) => {
            const t = i / (CANVAS_SHADES - 1) * 2;
            return t < 1 ? canvasMix(this.colour.low, this.colour.middle, t)
                         : canvasMix(this.colour.middle, this.colour.high, t - 1);
        });
    }

    listen() {
        const {canvas} = this;
        canvas.addEventListener('wheel', (event) => this.wheel(event), {passive: false});
        canvas.addEventListener('pointerdown', (event) => this.down(event));
        canvas.addEventListener('pointermove', (event) => this.move(event));
        canvas.addEventListener('pointerup', (event) => this.up(event));
        canvas.addEventListener('pointercancel', (event) => this.pointers.delete(event.pointerId));
        canvas.addEventListener('pointerleave', () => this.on.point(-1, 0, 0));
        canvas.addEventListener('dblclick', (event) => {
            const node = this.nodeAt(event.offsetX, event.offsetY);
            if (node >= 0)
                this.on.toggle(node);
        });
        this.watch = new ResizeObserver(() => this.resize());
        this.watch.observe(this.box);
        this.theme = matchMedia('(prefers-color-scheme: dark)');
        this.retheme = () => {
            this.readColours();
            this.draw();
        };
        this.theme.addEventListener('change', this.retheme);
    }

    close() {
        this.watch.disconnect();
        this.theme.removeEventListener('change', this.retheme);
    }

    /* What is seen has changed. keep: a node that stays where it is on screen, or -1 for all in view. */
    show(sight, keep) {
        const before = keep >= 0 && this.sight && this.sight.tree === sight.tree ? this.screenOf(keep) : null;
        this.sight = sight;
        this.tree = sight.tree;
        const n = sight.order.length;
        this.across = layoutTidy(sight.parents);
        this.level = new Int32Array(n);
        let low = 0, high = 0, deepest = 0;
        for (let r = 0; r < n; r++) {
            this.level[r] = r === 0 ? 0 : this.level[sight.parents[r]] + 1;
            low = Math.min(low, this.across[r]);
            high = Math.max(high, this.across[r]);
            deepest = Math.max(deepest, this.level[r]);
        }
        this.extent = {low, high, deepest};
        if (!before) {
            this.fit();
        } else {
            const row = sight.row[keep];
            if (row >= 0) {
                this.x = before.x - this.level[row] * CANVAS_LEVEL * this.zoomX;
                this.y = before.y - this.across[row] * CANVAS_ROW * this.zoomY;
            }
            this.draw();
        }
    }

    resize() {
        const {clientWidth, clientHeight} = this.box;
        const ratio = window.devicePixelRatio || 1;
        if (clientWidth === this.width && clientHeight === this.height && ratio === this.ratio)
            return;
        const first = !this.width;
        [this.width, this.height, this.ratio] = [clientWidth, clientHeight, ratio];
        this.canvas.width = Math.max(1, Math.round(clientWidth * ratio));
        this.canvas.height = Math.max(1, Math.round(clientHeight * ratio));
        this.canvas.style.width = clientWidth + 'px';
        this.canvas.style.height = clientHeight + 'px';
        if (first || this.fitted)
            this.fit();
        else
            this.draw();
    }

    /* All in view: each axis by its own zoom, no closer than the text is made for. */
    fit() {
        if (!this.sight || !this.width)
            return;
        const {low, high, deepest} = this.extent;
        const wide = this.width - 2 * CANVAS_BORDER, tall = this.height - 2 * CANVAS_BORDER;
        this.leastY = Math.min(1, tall / Math.max(1, (high - low) * CANVAS_ROW));
        this.leastX = this.fitWide(wide, Math.max(1, deepest * CANVAS_LEVEL), this.leastY * CANVAS_ROW >= CANVAS_NAMES.y);
        this.zoomX = this.leastX;
        this.zoomY = this.leastY;
        this.x = CANVAS_BORDER;
        this.y = this.height / 2 - (low + high) / 2 * CANVAS_ROW * this.zoomY;
        this.fitted = true;
        this.draw();
    }

    /* With room for names behind the last level, where there are names then; else with room for marks. */
    fitWide(wide, levels, tall) {
        const named = Math.min(1, (wide - Math.min(220, this.width * 0.33)) / levels);
        if (tall && named * CANVAS_LEVEL >= CANVAS_NAMES.x)
            return named;
        return Math.min(tall ? (CANVAS_NAMES.x - 1) / CANVAS_LEVEL : 1, (wide - CANVAS_MARKS) / levels);
    }

    zoom(factor, x = this.width / 2, y = this.height / 2) {
        const bound = (zoom, least) => Math.min(CANVAS_CLOSEST, Math.max(Math.min(least, 0.8) * 0.8, zoom));
        const zoomX = bound(this.zoomX * factor, this.leastX);
        const zoomY = bound(this.zoomY * factor, this.leastY);
        this.x = x - (x - this.x) * zoomX / this.zoomX;
        this.y = y - (y - this.y) * zoomY / this.zoomY;
        [this.zoomX, this.zoomY] = [zoomX, zoomY];
        this.fitted = false;
        this.draw();
    }

    pan(dx, dy) {
        this.x += dx;
        this.y += dy;
        this.fitted = false;
        this.draw();
    }

    screenOf(node) {
        const row = this.sight.row[node];
        return row < 0 ? null : {x: this.x + this.level[row] * CANVAS_LEVEL * this.zoomX,
                                 y: this.y + this.across[row] * CANVAS_ROW * this.zoomY};
    }

    /* The selected node is in view, in its middle if it was not. */
    select(node) {
        this.selected = node;
        const at = this.width && node >= 0 ? this.screenOf(node) : null;
        if (at && (at.x < 10 || at.y < 14 || at.x > this.width - 60 || at.y > this.height - 14)) {
            this.x += this.width * 0.35 - at.x;
            this.y += this.height / 2 - at.y;
            this.fitted = false;
        }
        this.draw();
    }

    wheel(event) {
        event.preventDefault();
        const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1);
        if (event.shiftKey)
            this.pan(-pixels, 0);
        else
            this.zoom(Math.exp(-Math.max(-300, Math.min(300, pixels)) / 400), event.offsetX, event.offsetY);
    }

    down(event) {
        this.canvas.setPointerCapture(event.pointerId);
        this.pointers.set(event.pointerId, {x: event.offsetX, y: event.offsetY});
        this.moved = this.pointers.size > 1;
    }

    /* One pointer moves the picture, two zoom it. */
    move(event) {
        const last = this.pointers.get(event.pointerId);
        if (!last) {
            this.on.point(this.nodeAt(event.offsetX, event.offsetY), event.offsetX, event.offsetY);
            return;
        }
        const dx = event.offsetX - last.x, dy = event.offsetY - last.y;
        if (!this.moved && Math.hypot(dx, dy) < 4)
            return;
        this.moved = true;
        if (this.pointers.size === 2) {
            const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
            const before = Math.hypot(last.x - other.x, last.y - other.y);
            const after = Math.hypot(event.offsetX - other.x, event.offsetY - other.y);
            if (before > 0 && after > 0)
                this.zoom(after / before, other.x, other.y);
        } else {
            this.pan(dx, dy);
        }
        this.pointers.set(event.pointerId, {x: event.offsetX, y: event.offsetY});
    }

    up(event) {
        const clicked = this.pointers.delete(event.pointerId) && !this.moved;
        const node = clicked ? this.nodeAt(event.offsetX, event.offsetY) : -1;
        if (node >= 0)
            this.on.select(node);
    }

    /* The nearest node within reach of a pointer, -1: none. */
    nodeAt(x, y) {
        if (!this.sight)
            return -1;
        const {zoomX, zoomY} = this;
        let best = -1, nearest = 14 * 14;
        for (let r = 0; r < this.level.length; r++) {
            const dx = this.x + this.level[r] * CANVAS_LEVEL * zoomX - x;
            const dy = this.y + this.across[r] * CANVAS_ROW * zoomY - y;
            const distance = dx * dx + dy * dy;
            if (distance < nearest)
                [best, nearest] = [this.sight.order[r], distance];
        }
        return best;
    }

    draw() {
        if (this.waiting || !this.sight || !this.width)
            return;
        this.waiting = true;
        requestAnimationFrame(() => {
            this.waiting = false;
            this.paint();
            if (this.on.drawn)
                this.on.drawn();
        });
    }

    paint() {
        new TreePicture(this).paint();
    }
}

/* Between two colours #rrggbb. */
function canvasMix(from, to, t) {
    const part = (colour, i) => parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16);
    return '#' + [0, 1, 2].map((i) => Math.round(part(from, i) + (part(to, i) - part(from, i)) * t)
                                          .toString(16).padStart(2, '0')).join('');
}
