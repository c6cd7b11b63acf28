/*
 * chart.js - the chance that a completion of the wrong path's first steps comes right, along the path:
 * a point for each probe, its interval, and a band where the first wrong step is.
 */

const CHART = {least: 320, most: 860, height: 160, left: 46, right: 12, top: 12, bottom: 30};

function svg(name, attributes, ...children) {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes))
        element.setAttribute(key, String(value));
    element.append(...children);
    return element;
}

/* As wide as the window lets it be, so that its words have the size of others. */
function probeChart(pair, sides) {
    const width = Math.max(CHART.least, Math.min(CHART.most, innerWidth - 60));
    const {location} = pair;
    const steps = Math.max(1, sides.wrong.steps.filter((step) => step.reasoning >= 0).length, ...location.probes.map((probe) => probe.prefix));
    const x = (prefix) => CHART.left + prefix / steps * (width - CHART.left - CHART.right);
    const y = (chance) => CHART.top + (1 - chance) * (CHART.height - CHART.top - CHART.bottom);
    const picture = svg('svg', {viewBox: `0 0 ${width} ${CHART.height}`, class: 'chart', role: 'img', 'aria-label': chartWords(location.probes)});
    const shared = sides.wrong.steps.slice(0, sides.common).filter((step) => step.reasoning >= 0).length;
    chartBand(picture, location, x, y);
    chartAxes(picture, steps, shared, x, y);
    for (const completer of [...new Set(location.probes.map((probe) => probe.completer))].sort())
        chartSeries(picture, location.probes.filter((probe) => probe.completer === completer), completer, steps, x, y);
    return el('figure', {}, picture, el('figcaption', {},
        'Chance that a completion comes right, after so many steps of the wrong path; bars are 95 % intervals',
        location.probes.some((probe) => probe.completer > 0) ? '; squares: the second policy' : '', '.'));
}

/* What is between the prefix without the step and the one with it is the step itself. */
function chartBand(picture, location, x, y) {
    const [from, to] = location.index >= 0 ? [location.index, location.index] : location.how === 'between' ? [location.from, location.to] : [-1, -1];
    if (from >= 0)
        picture.append(svg('rect', {x: x(from), y: y(1), width: x(to + 1) - x(from), height: y(0) - y(1), class: location.index >= 0 ? 'band' : 'band maybe'}));
}

function chartAxes(picture, steps, shared, x, y) {
    for (const [chance, word] of [[0, '0 %'], [0.5, '50 %'], [1, '100 %']])
        picture.append(svg('line', {x1: x(0), x2: x(steps), y1: y(chance), y2: y(chance), class: 'axis'}),
                       svg('text', {x: CHART.left - 6, y: y(chance) + 4, 'text-anchor': 'end'}, word));
    const every = Math.ceil(steps / 16);
    for (let prefix = 0; prefix <= steps; prefix += every)
        picture.append(svg('text', {x: x(prefix), y: CHART.height - 12, 'text-anchor': 'middle'}, String(prefix)));
    picture.append(svg('line', {x1: x(shared), x2: x(shared), y1: y(1) - 4, y2: y(0) + 4, class: 'crux'}),
                   svg('path', {d: `M${x(shared)} ${y(1) - 10}l5 5l-5 5l-5 -5z`, class: 'crux'}));
}

function chartSeries(picture, probes, completer, steps, x, y) {
    const shift = completer > 0 ? 5 : 0;
    const points = [...probes].sort((a, b) => a.prefix - b.prefix).map((probe) => ({probe, x: x(probe.prefix) + shift, y: y(probe.of > 0 ? probe.right / probe.of : 0)}));
    picture.append(svg('polyline', {points: points.map((point) => `${point.x},${point.y}`).join(' '), class: `series series-${completer > 0 ? 1 : 0}`}));
    for (const point of points) {
        picture.append(svg('line', {x1: point.x, x2: point.x, y1: y(point.probe.low), y2: y(point.probe.high), class: `interval series-${completer > 0 ? 1 : 0}`}));
        picture.append(completer > 0 ? svg('rect', {x: point.x - 4, y: point.y - 4, width: 8, height: 8, class: 'point series-1'})
                                     : svg('circle', {cx: point.x, cy: point.y, r: 4.5, class: 'point series-0'}));
    }
}

function chartWords(probes) {
    return 'Chances of completions: ' + probes.slice(0, 40).map((probe) => `after step ${probe.prefix} ${probeWords(probe)}`).join('; ');
}
