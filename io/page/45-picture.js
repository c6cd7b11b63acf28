/*
 * picture.js - one drawing of the tree: lines, nodes, marks, names, in this order.
 */

const PICTURE_FONT = '12px system-ui, sans-serif';
const PICTURE_VERDICTS = ['right', 'wrong', 'unknown'];
const PICTURE_HITS = 2000; // of a search; of more, those are marked that are drawn anyway
const PICTURE_CELL = 7;    // pixels down that a mark has for itself where there is no room
const PICTURE_COLUMN = 24; // and pixels across, for one of each kind

class TreePicture {
    constructor(owner) {
        Object.assign(this, {owner, tree: owner.tree, sight: owner.sight, colour: owner.colour});
        this.context = owner.canvas.getContext('2d');
        this.stepX = CANVAS_LEVEL * owner.zoomX;
        this.stepY = CANVAS_ROW * owner.zoomY;
        this.readable = this.stepY >= CANVAS_NAMES.y && this.stepX >= CANVAS_NAMES.x;
        this.roomy = this.stepY >= PICTURE_CELL && this.stepX >= PICTURE_COLUMN;
        this.n = this.sight.order.length;
        this.findInView();
    }

    /* Rows whose node is in view; of those on one pixel the first, and all that are marked. */
    findInView() {
        const {owner, sight, n} = this;
        const x = this.x = new Float32Array(n), y = this.y = new Float32Array(n);
        this.levels = Array.from({length: owner.extent.deepest + 1}, () => []);
        const lastY = new Float32Array(owner.extent.deepest + 1).fill(-1e9);
        this.rows = [];
        for (let r = 0; r < n; r++) {
            x[r] = owner.x + owner.level[r] * this.stepX;
            y[r] = owner.y + owner.across[r] * this.stepY;
            if (this.readable)
                this.levels[owner.level[r]].push(y[r]);
            if (x[r] < -20 || x[r] > owner.width + 20 || y[r] < -20 || y[r] > owner.height + 20)
                continue;
            const node = sight.order[r];
            if (y[r] - lastY[owner.level[r]] < 0.75 && !this.marked(node))
                continue;
            lastY[owner.level[r]] = y[r];
            this.rows.push(r);
        }
    }

    marked(node) {
        return this.tree.best[node] || node === this.owner.selected || this.tree.parts.has(node) ||
               (this.owner.hits && this.owner.hits.size <= PICTURE_HITS && this.owner.hits.has(node));
    }

    paint() {
        const {context, owner} = this;
        context.setTransform(owner.ratio, 0, 0, owner.ratio, 0, 0);
        context.fillStyle = this.colour.back;
        context.fillRect(0, 0, owner.width, owner.height);
        context.lineJoin = 'round';
        context.textBaseline = 'middle';
        context.direction = 'ltr';
        this.drawLines();
        this.drawNodes();
        this.drawMarks();
        if (this.readable)
            this.drawNames();
        this.drawSelected();
    }

    radius(node) {
        const wanted = 3 + 8 * Math.sqrt(this.tree.nodes[node].visits / this.tree.mostVisits);
        return Math.max(1.2, Math.min(wanted, this.stepY * 0.46 + 0.6, this.stepX * 0.3 + 0.6));
    }

    shade(node) {
        const {value, visits} = this.tree.nodes[node];
        return value < 0 || visits === 0 ? -1 : Math.round(Math.min(1, value) * (CANVAS_SHADES - 1));
    }

    /* Lines by width, so that a thousand are one stroke; then the best path, then a pair's two. */
    drawLines() {
        const {sight, x, y, owner} = this;
        const bands = Array.from({length: 6}, () => new Path2D());
        const seen = new Set();
        for (let r = 1; r < this.n; r++) {
            const p = sight.parents[r];
            if (x[r] < 0 || x[p] > owner.width || Math.max(y[r], y[p]) < 0 || Math.min(y[r], y[p]) > owner.height)
                continue;
            if (this.stepY < 1.5) {
                const key = owner.level[r] * 16777216 + Math.round(y[p]) * 4096 + Math.round(y[r]);
                if (seen.has(key))
                    continue;
                seen.add(key);
            }
            const prior = Math.max(0, Math.min(1, this.tree.nodes[sight.order[r]].prior));
            this.line(bands[Math.round(prior * 5)], p, r);
        }
        bands.forEach((path, i) => this.stroke(path, this.colour.line, (0.7 + i * 0.9) * Math.min(1, this.stepY / 8 + 0.25)));
        this.drawPath((node) => this.tree.best[node] === 1, this.colour.best, 3);
        if (owner.paths) {
            this.drawPath((node) => owner.paths.right.has(node), this.colour.right, 4);
            this.drawPath((node) => owner.paths.wrong.has(node), this.colour.wrong, 4, [7, 4]);
        }
    }

    line(path, from, to) {
        const {x, y} = this;
        path.moveTo(x[from], y[from]);
        if (this.stepX < 12 || Math.abs(y[from] - y[to]) < 1)
            path.lineTo(x[to], y[to]);
        else
            path.bezierCurveTo(x[from] + this.stepX * 0.5, y[from], x[to] - this.stepX * 0.5, y[to], x[to], y[to]);
    }

    stroke(path, colour, width, dash = []) {
        this.context.strokeStyle = colour;
        this.context.lineWidth = width;
        this.context.setLineDash(dash);
        this.context.stroke(path);
        this.context.setLineDash([]);
    }

    drawPath(on, colour, width, dash) {
        const path = new Path2D();
        for (let r = 1; r < this.n; r++)
            if (on(this.sight.order[r]))
                this.line(path, this.sight.parents[r], r);
        this.stroke(path, colour, width, dash);
    }

    /* Discs by colour; a hollow one has no value. */
    drawNodes() {
        const shades = Array.from({length: CANVAS_SHADES}, () => new Path2D());
        const hollow = new Path2D(), best = new Path2D();
        for (const r of this.rows) {
            const node = this.sight.order[r], radius = this.radius(node), shade = this.shade(node);
            this.disc(shade < 0 ? hollow : shades[shade], this.x[r], this.y[r], radius);
            if (this.tree.best[node])
                this.disc(best, this.x[r], this.y[r], radius + 1.5);
        }
        const outline = this.stepY > 5;
        shades.forEach((path, i) => {
            this.context.fillStyle = this.owner.shades[i];
            this.context.fill(path);
            if (outline)
                this.stroke(path, this.colour.soft, 0.8);
        });
        this.context.fillStyle = this.colour.back;
        this.context.fill(hollow);
        this.stroke(hollow, this.colour.soft, outline ? 1.2 : 0.7);
        this.stroke(best, this.colour.best, outline ? 2.5 : 1.5);
    }

    disc(path, x, y, radius) {
        if (radius < 2) {
            path.rect(x - radius, y - radius, radius * 2, radius * 2);
        } else {
            path.moveTo(x + radius, y);
            path.arc(x, y, radius, 0, 2 * Math.PI);
        }
    }

    /* Ends and where pairs part. Where there is no room, one of a kind for each few pixels. */
    drawMarks() {
        const taken = new Map();
        for (const verdict of PICTURE_VERDICTS)
            for (let r = 0; r < this.n; r++) {
                const node = this.sight.order[r];
                const number = this.sight.closed[node] ? this.tree.ends[verdict][node] : this.tree.own[verdict][node];
                const slot = number > 0 && this.inView(r) ? this.take(taken, r, verdict) : -1;
                if (slot >= 0)
                    this.mark(r, node, verdict, number, slot);
            }
        for (const [node] of this.tree.parts) {
            const r = this.sight.row[node];
            if (r >= 0 && this.inView(r) && this.take(taken, r, 'parts') >= 0)
                this.diamond(this.x[r], this.y[r], this.radius(node) + 4);
        }
    }

    inView(r) {
        return this.x[r] > -30 && this.x[r] < this.owner.width + 5 && this.y[r] > -5 && this.y[r] < this.owner.height + 5;
    }

    /* The place of a mark in its cell, from 0; -1: there is one of its kind. */
    take(taken, r, verdict) {
        if (this.roomy)
            return 0;
        const column = this.stepX < PICTURE_COLUMN ? Math.round(this.x[r] / PICTURE_COLUMN) : this.owner.level[r];
        const key = column * 65536 + Math.round(this.y[r] / PICTURE_CELL);
        const there = taken.get(key) || [];
        if (there.includes(verdict))
            return -1;
        taken.set(key, [...there, verdict]);
        return there.length;
    }

    /* A tick, a cross or a question mark beside the node; several of them with their number. */
    mark(r, node, verdict, number, slot) {
        const {context} = this;
        const size = this.readable ? 4.5 : 3;
        const before = this.roomy ? this.marksWidth(node, verdict) : slot * (PICTURE_CELL + 1);
        const x = this.x[r] + this.radius(node) + 3 + size + before, y = this.y[r];
        if (this.readable) {
            context.fillStyle = this.colour.back;
            context.fillRect(x - size - 1, y - size - 2, pictureWidth(number), 2 * size + 4);
        }
        context.strokeStyle = context.fillStyle = this.colour[verdict];
        context.lineWidth = size > 4 ? 2.4 : 1.8;
        pictureEnd(context, verdict, x, y, size);
        if (number > 1 && this.readable) {
            context.font = '9px system-ui, sans-serif';
            context.fillText(String(number), x + size + 1, y + 1);
        }
    }

    /* Pixels that a node's marks take, up to one of them or all. */
    marksWidth(node, upTo = null) {
        const of = this.sight.closed[node] ? this.tree.ends : this.tree.own;
        let width = 0;
        for (const verdict of PICTURE_VERDICTS) {
            if (verdict === upTo)
                break;
            width += of[verdict][node] > 0 ? pictureWidth(of[verdict][node]) + 2 : 0;
        }
        return width;
    }

    diamond(x, y, radius) {
        const path = new Path2D();
        path.moveTo(x - radius, y);
        path.lineTo(x, y - radius);
        path.lineTo(x + radius, y);
        path.lineTo(x, y + radius);
        path.closePath();
        this.stroke(path, this.colour.crux, 2);
    }

    /* A step's text above the line to its children; behind the node where there are none, or a sibling's
     * text stands above. */
    drawNames() {
        const {context, owner} = this;
        context.font = PICTURE_FONT;
        context.lineWidth = 4;
        context.strokeStyle = this.colour.back;
        for (const r of this.rows) {
            const node = this.sight.order[r];
            const leaf = this.tree.childCount(node) === 0 || this.sight.closed[node];
            const rise = this.radius(node) * 0.5 + 8;
            const behind = leaf || this.stands(this.owner.level[r], this.y[r] - rise - 14, this.y[r] - 1);
            const at = this.x[r] + this.radius(node) + (this.tree.parts.has(node) ? 8 : 4) + (behind ? this.marksWidth(node) : 0);
            const room = this.x[r] + this.stepX * (leaf ? this.freeLevels(r) : 1) - 16 - at;
            const name = this.nameOf(node, Math.max(4, Math.floor(room / 6.9)));
            const y = this.y[r] + (behind ? 0.5 : -rise);
            if (at > owner.width || name === '')
                continue;
            context.strokeText(name, at, y);
            context.fillStyle = this.tree.nodes[node].visits > 0 ? this.colour.text : this.colour.soft;
            context.fillText(name, at, y);
        }
    }

    /* How many columns a name may go over: up to the next one, or two where nothing stands there. */
    freeLevels(r) {
        const next = this.owner.level[r] + 1;
        return next >= this.levels.length ? 4 : this.stands(next, this.y[r] - 14, this.y[r] + 14) ? 1 : 2;
    }

    /* Does a node of a column stand between two heights? */
    stands(level, top, bottom) {
        const column = this.levels[level];
        let low = 0, high = column.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (column[middle] < top)
                low = middle + 1;
            else
                high = middle;
        }
        return low < column.length && column[low] < bottom;
    }

    /* With what is closed or not on the page below it. */
    nameOf(node, length) {
        const {text, hidden} = this.tree.nodes[node];
        const closed = this.sight.closed[node] ? `\u25b8${NUMBERS.format(this.tree.below[node] - 1)} ` : '';
        const away = hidden > 0 ? `(+${NUMBERS.format(hidden)} not here) ` : '';
        return closed + away + (node === 0 ? 'problem' : textLine(text, length));
    }

    drawSelected() {
        const {owner} = this;
        const hits = new Path2D();
        for (const r of owner.hits ? this.rows : [])
            if (owner.hits.has(this.sight.order[r]))
                this.disc(hits, this.x[r], this.y[r], this.radius(this.sight.order[r]) + 3);
        this.stroke(hits, this.colour.text, 1.2);
        const r = owner.selected >= 0 ? this.sight.row[owner.selected] : -1;
        if (r >= 0)
            this.ring(r, owner.selected, 6, this.colour.focus, 3);
    }

    ring(r, node, wider, colour, width) {
        const path = new Path2D();
        path.arc(this.x[r], this.y[r], this.radius(node) + wider, 0, 2 * Math.PI);
        this.stroke(path, colour, width);
    }
}

/* Of one mark with its number. */
function pictureWidth(number) {
    return 12 + (number > 1 ? 5.5 * String(number).length : 0);
}

/* The shape of an end, in the colour that the context has. */
function pictureEnd(context, verdict, x, y, size) {
    context.beginPath();
    if (verdict === 'right') {
        context.moveTo(x - size, y);
        context.lineTo(x - size * 0.3, y + size * 0.75);
        context.lineTo(x + size, y - size * 0.8);
    } else if (verdict === 'wrong') {
        context.moveTo(x - size * 0.75, y - size * 0.75);
        context.lineTo(x + size * 0.75, y + size * 0.75);
        context.moveTo(x + size * 0.75, y - size * 0.75);
        context.lineTo(x - size * 0.75, y + size * 0.75);
    } else if (size < 4) {
        context.arc(x, y, size * 0.6, 0, Math.PI * 2);
    } else {
        context.font = 'bold 12px system-ui, sans-serif';
        context.fillText('?', x - size * 0.7, y + 0.5);
    }
    context.stroke();
}
