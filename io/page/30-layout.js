/*
 * layout.js - a tidy drawing of a tree, in time that is linear in its nodes.
 *
 * The algorithm is Reingold and Tilford's as Walker widened it, made linear by Buchheim, Juenger and
 * Leipert (Improving Walker's Algorithm to Run in Linear Time, 2002): children stand in a row, a parent
 * stands in their middle, equal subtrees look equal, nothing overlaps, and subtrees between two others
 * share the room evenly. Both walks are loops: a path of 1,024 nodes needs no stack.
 *
 * layoutTidy(parents): nodes in depth-first order, parents[i] < i, the root's is -1. Returns where
 * each node stands across the levels: 1 between siblings, LAYOUT_COUSINS between others.
 */

const LAYOUT_COUSINS = 1.4;

class Layout {
    constructor(parents) {
        const n = parents.length;
        this.parents = parents;
        this.first = new Int32Array(n).fill(-1);    // child
        this.last = new Int32Array(n).fill(-1);     // child
        this.left = new Int32Array(n).fill(-1);     // sibling
        this.number = new Int32Array(n);            // among siblings
        this.thread = new Int32Array(n).fill(-1);   // next on the contour where there is no child
        this.ancestor = Int32Array.from(parents, (_, i) => i);
        this.standard = new Int32Array(n);          // the default ancestor, of a parent
        this.at = new Float64Array(n);              // preliminary place
        this.mod = new Float64Array(n);             // what is added to all below
        this.shift = new Float64Array(n);
        this.change = new Float64Array(n);
        for (let i = 1; i < n; i++) {
            const parent = parents[i];
            this.left[i] = this.last[parent];
            this.number[i] = this.left[i] < 0 ? 0 : this.number[this.left[i]] + 1;
            if (this.left[i] < 0)
                this.first[parent] = this.standard[parent] = i;
            this.last[parent] = i;
        }
    }

    /* A node behind all of its children, which have been placed. */
    place(v) {
        const left = this.left[v];
        const beside = left < 0 ? 0 : this.at[left] + 1;
        if (this.first[v] < 0) {
            this.at[v] = beside;
        } else {
            this.spread(v);
            const middle = (this.at[this.first[v]] + this.at[this.last[v]]) / 2;
            this.at[v] = left < 0 ? middle : beside;
            this.mod[v] = left < 0 ? 0 : beside - middle;
        }
        if (left >= 0)
            this.apportion(v, left);
    }

    /* Smaller subtrees between two that were pushed apart share the room. */
    spread(v) {
        let shift = 0, change = 0;
        for (let w = this.last[v]; w >= 0; w = this.left[w]) {
            this.at[w] += shift;
            this.mod[w] += shift;
            change += this.change[w];
            shift += this.shift[w] + change;
        }
    }

    nextLeft(v) {
        return this.first[v] >= 0 ? this.first[v] : this.thread[v];
    }

    nextRight(v) {
        return this.last[v] >= 0 ? this.last[v] : this.thread[v];
    }

    /* Pushes v's subtree away from those before it: along the right contour of these and v's left
     * one, as deep as both go. Outer contours go with them, to hang a thread on. */
    apportion(v, left) {
        const parent = this.parents[v];
        let inRight = v, outRight = v, inLeft = left, outLeft = this.first[parent];
        let inRightMod = this.mod[v], outRightMod = this.mod[v];
        let inLeftMod = this.mod[inLeft], outLeftMod = this.mod[outLeft];
        for (;;) {
            inLeft = this.nextRight(inLeft);
            inRight = this.nextLeft(inRight);
            if (inLeft < 0 || inRight < 0)
                break;
            outLeft = this.nextLeft(outLeft);
            outRight = this.nextRight(outRight);
            this.ancestor[outRight] = v;
            const apart = this.parents[inLeft] === this.parents[inRight] ? 1 : LAYOUT_COUSINS;
            const push = this.at[inLeft] + inLeftMod - this.at[inRight] - inRightMod + apart;
            if (push > 0) {
                this.move(this.pushedFrom(inLeft, parent), v, push);
                inRightMod += push;
                outRightMod += push;
            }
            inLeftMod += this.mod[inLeft];
            inRightMod += this.mod[inRight];
            outLeftMod += this.mod[outLeft];
            outRightMod += this.mod[outRight];
        }
        if (inLeft >= 0 && this.nextRight(outRight) < 0) {
            this.thread[outRight] = inLeft;
            this.mod[outRight] += inLeftMod - outRightMod;
        }
        if (inRight >= 0 && this.nextLeft(outLeft) < 0) {
            this.thread[outLeft] = inRight;
            this.mod[outLeft] += inRightMod - outLeftMod;
            this.standard[parent] = v;
        }
    }

    /* Which sibling of v does this node of the contour belong to? */
    pushedFrom(node, parent) {
        const ancestor = this.ancestor[node];
        return this.parents[ancestor] === parent ? ancestor : this.standard[parent];
    }

    move(from, v, push) {
        const share = push / (this.number[v] - this.number[from]);
        this.change[v] -= share;
        this.shift[v] += push;
        this.change[from] += share;
        this.at[v] += push;
        this.mod[v] += push;
    }
}

function layoutTidy(parents) {
    const n = parents.length;
    const layout = new Layout(parents);
    /* In depth-first order a node is behind its children as soon as the next one is not below it. */
    for (let i = 0; i < n; i++) {
        const stop = i + 1 < n ? parents[i + 1] : -1;
        for (let v = i; v > stop; v = parents[v])
            layout.place(v);
    }
    const {at, mod} = layout;
    for (let i = 1; i < n; i++) {
        at[i] += mod[parents[i]];
        mod[i] += mod[parents[i]];
    }
    return at;
}
