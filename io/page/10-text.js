'use strict';
/*
 * text.js - what models wrote becomes text nodes, never markup, and nothing in it acts: control
 * characters and those that turn the direction of writing are shown by their names, each text is
 * isolated from its surroundings, and what is long is cut until somebody asks for all of it.
 *
 * The files of this folder are one script, in the order of their names.
 */

const TEXT_FIRST = 1500;    // characters of a text that are shown at once
const TEXT_CHUNK = 50000;   // of what follows, characters of one block: so long a line is laid out at once
const TEXT_MARKS = 500;     // places that are marked in a block; the rest of it stays plain

/* Controls but tab and line feed; marks of direction; separators and joiners that nobody sees;
 * tags. Joiners within words (U+200C, U+200D) are part of languages and of pictures. */
const TEXT_SPECIAL =
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/* By the names of ASCII: the pictures that Unicode has for them are in few fonts. */
const TEXT_CONTROLS = ('NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC ' +
                       'FS GS RS US').split(' ');

/* An element with attributes ("on..." are listeners; undefined, null and false: none) and children
 * (elements and texts; null: none). */
function el(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
        if (value === undefined || value === null || value === false)
            continue;
        if (key.startsWith('on'))
            element.addEventListener(key.slice(2), value);
        else
            element.setAttribute(key, value === true ? '' : String(value));
    }
    return add(element, ...children);
}

/* Adds children to an element. */
function add(element, ...children) {
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
}

function textNameOf(character) {
    const code = character.codePointAt(0);
    return code < 0x20 ? `<${TEXT_CONTROLS[code]}>` : code === 0x7f ? '<DEL>' : '<U+' + code.toString(16).toUpperCase().padStart(4, '0') + '>';
}

/* The first characters of a text, no pair of surrogates cut in two. */
function textHead(text, limit) {
    if (text.length <= limit)
        return text;
    const last = text.charCodeAt(limit - 1);
    return text.slice(0, last >= 0xd800 && last < 0xdc00 ? limit - 1 : limit);
}

/* One line for a label: without line breaks, cut, what acts named. */
function textLine(text, limit) {
    const head = textHead(text, limit * 2).replace(/\s+/g, ' ').trim();
    const line = textHead(head, limit).replace(TEXT_SPECIAL, textNameOf);
    return line.length < head.length || text.length > limit * 2 ? line.trimEnd() + ' \u2026' : line;
}

/* The same as an element that keeps its direction to itself. */
function textLabel(text, limit) {
    return el('bdi', {}, textLine(text, limit));
}

/* Adds a piece of text to a parent; of what is special its name, in an element of its own. */
function textAppendPlain(parent, text) {
    let from = 0, marks = 0;
    for (const found of text.matchAll(TEXT_SPECIAL)) {
        if (++marks > TEXT_MARKS) {
            parent.append(text.slice(from).replace(TEXT_SPECIAL, textNameOf));
            return;
        }
        parent.append(text.slice(from, found.index),
                      el('span', {class: 'control'}, textNameOf(found[0])));
        if (found[0] === '\u2028' || found[0] === '\u2029')
            parent.append('\n');
        from = found.index + found[0].length;
    }
    parent.append(text.slice(from));
}

/* Adds a piece of text in which what a search found is marked. seek: a global expression or null. */
function textAppend(parent, text, seek) {
    let from = 0, marks = 0;
    if (seek)
        for (const found of text.matchAll(seek)) {
            if (found[0] === '' || ++marks > TEXT_MARKS)
                break;
            textAppendPlain(parent, text.slice(from, found.index));
            const mark = el('mark');
            textAppendPlain(mark, found[0]);
            parent.append(mark);
            from = found.index + found[0].length;
        }
    textAppendPlain(parent, text.slice(from));
}

/* A text as a block: cut at first, with a button that shows the rest. */
function textBlock(text, options) {
    const {seek = null, first = TEXT_FIRST, name = 'model'} = options || {};
    const block = el('div', {class: name, dir: 'auto'});
    const head = textHead(text, text.length <= first * 1.2 ? text.length : first);
    textAppend(block, head, seek);
    if (text === '')
        block.append(el('span', {class: 'none'}, '(no text)'));
    if (head.length === text.length)
        return block;

    const more = el('button', {type: 'button', class: 'more'},
                    `show all (${count(text.length, 'character')})`);
    more.addEventListener('click', () => {
        let at = head.length;
        more.previousSibling.remove();
        while (at < text.length) {
            const piece = textPiece(text, at);
            const first = at === head.length; // goes on in the line where the text was cut
            const chunk = el('span', {class: first ? 'rest' : 'chunk', tabindex: first ? '-1' : null});
            textAppend(chunk, piece, seek);
            block.append(chunk);
            at += piece.length;
        }
        more.remove();
        block.querySelector('.rest').focus({preventScroll: true});
    });
    block.append(el('span', {class: 'cut'}, ' \u2026 '), more);
    return block;
}

/* What goes into one block: to a line's end where there is one in good time. */
function textPiece(text, at) {
    const piece = textHead(text.slice(at, at + TEXT_CHUNK + 1), TEXT_CHUNK);
    if (at + piece.length >= text.length)
        return piece;
    const line = piece.lastIndexOf('\n');
    return line > TEXT_CHUNK / 2 ? piece.slice(0, line + 1) : piece;
}

/* Has the text words beyond what is cut off? An expression that finds a text, or null for none. */
function textSeek(words) {
    return words === '' ? null : new RegExp(words.replace(/[\\^$.*+?()[\]{}|\/]/g, '\\$&'), 'giu');
}

const NUMBERS = new Intl.NumberFormat('en');

function count(number, singular, plural) {
    return `${NUMBERS.format(number)} ${number === 1 ? singular : plural || singular + 's'}`;
}

/* A chance or a score, "none" where there is none (-1). */
function share(number) {
    return number < 0 ? 'none' : number.toFixed(number === 0 || number === 1 ? 0 : number < 0.01 ? 4 : 2);
}

function percent(number) {
    return `${Math.round(number * 100)} %`;
}

/* Billionths, as they are counted, in whole units. */
function price(billionths) {
    const units = billionths / 1e9;
    return units === 0 ? '0' : units.toLocaleString('en', {maximumSignificantDigits: 4, useGrouping: true});
}
