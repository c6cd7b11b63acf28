/* layout_holds.js - run in the page: what layoutTidy() promises, on trees of many shapes. Returns what does not hold. */
const broken = [];
let seed = 7;
const draw = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;

/* Depth-first order: a node's parent is one of those on the path to the node before it. */
const random = (n, up) => {
    const parents = [-1];
    for (let i = 1; i < n; i++) {
        let parent = i - 1;
        for (let k = draw(up); k > 0 && parents[parent] >= 0; k--)
            parent = parents[parent];
        parents.push(parent);
    }
    return parents;
};

const check = (name, parents) => {
    const n = parents.length, at = layoutTidy(Int32Array.from(parents)), depth = new Int32Array(n);
    const first = new Int32Array(n).fill(-1), last = new Int32Array(n).fill(-1), before = [];
    for (let i = 0; i < n; i++) {
        depth[i] = i === 0 ? 0 : depth[parents[i]] + 1;
        const left = before[depth[i]];
        if (!Number.isFinite(at[i]))
            broken.push(`${name}: node ${i} has no place`);
        if (left !== undefined && at[i] - at[left] < (parents[i] === parents[left] ? 1 : LAYOUT_COUSINS) - 1e-6)
            broken.push(`${name}: ${left} and ${i} are ${at[i] - at[left]} apart`);
        before[depth[i]] = i;
        if (i > 0) {
            if (first[parents[i]] < 0)
                first[parents[i]] = i;
            last[parents[i]] = i;
        }
    }
    for (let i = 0; i < n; i++)
        if (first[i] >= 0 && Math.abs(at[i] - (at[first[i]] + at[last[i]]) / 2) > 1e-6)
            broken.push(`${name}: ${i} is not in the middle of its children`);
    return at;
};

check('one', [-1]);
check('path', Array.from({length: 1025}, (_, i) => i - 1));
check('row', [-1, ...Array(20000).fill(0)]);
for (let k = 0; k < 300; k++)
    check(`random ${k}`, random(2 + draw(60), 1 + draw(6)));
check('large', random(50000, 6));
/* Smaller subtrees between two large ones share the room: the three leaves are evenly apart. */
const fair = check('fair', [-1, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 10, 10, 10, 10, 10]);
const gaps = [1, 7, 8, 9, 10].map((i) => fair[i]).map((x, k, all) => k > 0 ? x - all[k - 1] : 0).slice(1);
if (Math.max(...gaps) - Math.min(...gaps) > 1e-6)
    broken.push(`fair: gaps of ${gaps.join(', ')}`);
/* Deep below, a path beside a bush: no deep recursion, and the mirror has the same width. */
const bush = random(2000, 3);
check('bush', bush);
return broken.slice(0, 20);
