"use strict";
// Draws the graph from its layout. Columns and their orders are given; what is done here is to say how large everything is and where
// it stands, as `place.rs` does, so that groups can be folded. Texts are set as texts, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { groups, cards, wires, bundles, metrics } = data;
  const [CARD, GROUP, BEND, LEFT, RIGHT] = [0, 1, 2, 3, 4];
  const byId = (id) => document.getElementById(id);
  const stage = byId("stage"), results = byId("results"), details = byId("details"), search = byId("search"), only = byId("only");

  const leaving = cards.map(() => []), arriving = cards.map(() => []);
  wires.forEach((wire, at) => { leaving[wire[0]].push(at); arriving[wire[1]].push(at); });
  const wiresOf = bundles.map(() => []);
  wires.forEach((wire, at) => { if (wire[4] !== null) wiresOf[wire[4]].push(at); });
  // The edges that begin at a line of a card and take the same bundle.
  const begun = new Map();
  wires.forEach((wire, at) => {
    const key = `${wire[4]} ${wire[0]} ${wire[3]}`;
    if (begun.has(key)) begun.get(key).push(at);
    else begun.set(key, [at]);
  });
  const haystack = cards.map((c) => `${c.kind}\n${c.name}\n${c.address}`.toLowerCase());

  let folded = groups.map((g) => g.folded);
  let query = "";
  let found = null; // whether each card matches; null without a query
  let foundIn = null; // for each group how many match
  let chosen = null;
  let view = null; // x, y: the corner of the picture; k: the scale
  let placed = null;
  let drawn = null;

  // -- What is shown

  function visibility() {
    const card = cards.map((_, at) => !(only.checked && found && !found[at]));
    const group = groups.map(() => false);
    cards.forEach((c, at) => {
      if (!card[at]) return;
      for (let g = c.group; !group[g]; g = groups[g].parent) group[g] = true;
    });
    group[0] = true;
    const bundle = wiresOf.map((own) => own.some((w) => card[wires[w][0]] && card[wires[w][1]]));
    return { card, group, bundle };
  }

  // -- Places

  function place(shown) {
    const hidden = groups.map(() => false);
    groups.forEach((g, at) => { if (at > 0) hidden[at] = hidden[g.parent] || folded[g.parent] || !shown.group[at]; });
    const inside = groups.map(() => null);
    for (let at = groups.length - 1; at >= 0; at--) {
      if (hidden[at]) continue;
      inside[at] = folded[at]
        ? { blocks: [], w: Math.max(groups[at].width, metrics.smallest), h: metrics.folded, ports: new Map() }
        : placeGroup(at, inside, shown);
    }
    const at = { cards: cards.map(() => null), groups: groups.map(() => null), inside };
    at.groups[0] = { x: 0, y: 0, w: inside[0].w, h: inside[0].h };
    groups.forEach((_, group) => {
      const frame = at.groups[group];
      if (!frame) return;
      for (const block of inside[group].blocks) {
        block.members.flat().forEach((n) => {
          const [kind, id] = block.nodes[n], r = block.rects[n];
          const rect = { x: frame.x + block.x + r.x, y: frame.y + block.y + r.y, w: r.w, h: r.h };
          if (kind === CARD) at.cards[id] = rect;
          if (kind === GROUP) at.groups[id] = rect;
        });
      }
    });
    return at;
  }

  function placeGroup(group, inside, shown) {
    const title = group === 0 ? 0 : groups[group].width;
    const blocks = groups[group].blocks.map((block) => placeBlock(block, inside, shown)).filter((b) => b.members.length > 0);
    const framed = blocks.length > 0 && blocks[0].members.flat().some((n) => blocks[0].nodes[n][0] >= LEFT);
    const [w, h] = shelve(blocks, framed, title - 2 * metrics.pad);
    const top = group === 0 ? metrics.pad : metrics.titleHeight + 6;
    const ports = new Map();
    for (const block of blocks) {
      block.x += metrics.pad;
      block.y += top;
      block.members.flat().forEach((n) => {
        const [kind, id] = block.nodes[n];
        if (kind >= LEFT) ports.set(`${id} ${kind === RIGHT}`, block.y + block.rects[n].y + metrics.bend / 2);
      });
    }
    return { blocks, w: Math.max(w + 2 * metrics.pad, title), h: top + h + metrics.pad, ports };
  }

  function placeBlock([nodes, columns, allSegments], inside, shown) {
    const there = ([kind, id]) => (kind === CARD ? shown.card[id] : kind === GROUP ? shown.group[id] : shown.bundle[id]);
    const members = columns.map((c) => c.filter((n) => there(nodes[n]))).filter((c) => c.length > 0);
    const segments = allSegments.filter((s) => shown.bundle[s[2]] && there(nodes[s[0]]) && there(nodes[s[1]]));
    const rects = nodes.map(([kind, id]) => {
      if (kind === CARD) return { x: 0, y: 0, w: cards[id].width, h: cards[id].height };
      if (kind === GROUP) return { x: 0, y: 0, w: inside[id] ? inside[id].w : 0, h: inside[id] ? inside[id].h : 0 };
      return { x: 0, y: 0, w: kind === BEND ? metrics.bend : 0, h: metrics.bend };
    });
    const block = { nodes, members, segments, rects, x: 0, y: 0, w: 0, h: 0, sides: nodes.map(() => [0, 0]) };
    const columnOf = nodes.map(() => 0), channels = members.map(() => 0);
    members.forEach((c, at) => c.forEach((n) => { columnOf[n] = at; }));
    const lefts = nodes.map(() => []), rights = nodes.map(() => []);
    for (const s of segments) {
      channels[columnOf[s[0]]] += 1;
      lefts[s[1]].push(s);
      rights[s[0]].push(s);
    }
    let x = 0;
    members.forEach((column, at) => {
      const most = (of) => of.reduce((w, n) => Math.max(w, rects[n].w), 0);
      const w = most(column), widest = most(column.filter((n) => nodes[n][0] === CARD));
      for (const n of column) {
        rects[n].x = x;
        block.sides[n] = [x, x + w];
        if (nodes[n][0] === CARD) rects[n].w = widest;
        if (nodes[n][0] === BEND) rects[n].w = w;
      }
      block.w = x + w;
      x += w + (channels[at] === 0 ? 24 : 44 + Math.min(channels[at] * 3, 90));
    });
    const item = (n) => nodes[n][0] <= GROUP;
    const gap = (a, b) => (b === undefined ? 0 : item(a) || item(b) ? metrics.gap : 1);
    for (const column of members) {
      let y = 0;
      column.forEach((n, at) => { rects[n].y = y; y += rects[n].h + gap(n, column[at + 1]); });
    }
    for (let sweep = 0; sweep <= metrics.sweeps; sweep++) {
      for (let step = 0; step < members.length; step++) {
        const column = members[sweep % 2 === 0 ? step : members.length - 1 - step];
        const wanted = column.map((n) => {
          let sum = 0, of = 0;
          if (sweep % 2 === 0 || sweep === metrics.sweeps) {
            for (const s of lefts[n]) { sum += rects[s[0]].y + anchor(block, s, true, inside) - anchor(block, s, false, inside); of++; }
          }
          if (sweep % 2 === 1 || sweep === metrics.sweeps) {
            for (const s of rights[n]) { sum += rects[s[1]].y + anchor(block, s, false, inside) - anchor(block, s, true, inside); of++; }
          }
          return of > 0 ? sum / of : rects[n].y;
        });
        let offset = 0;
        const offsets = column.map((n, at) => { const here = offset; offset += rects[n].h + gap(n, column[at + 1]); return here; });
        const settled = ascending(wanted, offsets);
        column.forEach((n, at) => { rects[n].y = settled[at] + offsets[at]; });
      }
    }
    const all = members.flat();
    const top = all.reduce((least, n) => Math.min(least, rects[n].y), Infinity);
    all.forEach((n) => { rects[n].y -= top; block.h = Math.max(block.h, rects[n].y + rects[n].h); });
    return block;
  }

  function anchor(block, segment, left, inside) {
    const [kind, id] = block.nodes[segment[left ? 0 : 1]];
    if (kind === CARD) {
      const source = bundles[segment[2]][0] === left;
      return source && segment[3] !== undefined ? metrics.head + metrics.row * (segment[3] + 0.5) - 1 : metrics.head / 2;
    }
    if (kind === GROUP) {
      const port = inside[id].ports.get(`${segment[2]} ${left}`);
      return port === undefined ? inside[id].h / 2 : port;
    }
    return metrics.bend / 2;
  }

  function ascending(wanted, offsets) {
    const runs = [];
    wanted.forEach((value, at) => {
      let run = [value - offsets[at], 1];
      while (runs.length > 0) {
        const last = runs[runs.length - 1];
        if (last[0] / last[1] < run[0] / run[1]) break;
        run = [run[0] + last[0], run[1] + last[1]];
        runs.pop();
      }
      runs.push(run);
    });
    return runs.flatMap(([sum, count]) => Array(count).fill(sum / count));
  }

  function shelve(blocks, framed, title) {
    const between = 2 * metrics.gap;
    const area = blocks.reduce((sum, b) => sum + (b.w + between) * (b.h + between), 0);
    const limit = blocks.reduce((most, b) => Math.max(most, b.w), Math.max(Math.sqrt(area * 1.8), title));
    const order = framed ? [blocks[0], ...blocks.slice(1).sort((a, b) => b.h - a.h)] : [...blocks].sort((a, b) => b.h - a.h);
    let top = 0, height = 0, right = 0, stacks = [], w = 0, h = 0;
    order.forEach((block, nth) => {
      const room = stacks.slice(-metrics.stacks).find((s) => block.w <= s.w && s.used + metrics.gap + block.h <= height);
      if (room) {
        [block.x, block.y] = [room.x, top + room.used + metrics.gap];
        room.used += metrics.gap + block.h;
      } else {
        if (nth > 0 && (right + block.w > limit || (framed && nth === 1))) {
          top += height + between;
          [height, right, stacks] = [0, 0, []];
        }
        [block.x, block.y] = [right, top];
        stacks.push({ x: right, w: block.w, used: block.h });
        right += block.w + between;
        height = Math.max(height, block.h);
      }
      w = Math.max(w, block.x + block.w);
      h = Math.max(h, block.y + block.h);
    });
    return [w, h];
  }

  // -- Drawing

  function make(name, attributes, parent, text) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    if (parent) parent.appendChild(node);
    return node;
  }

  function element(name, parent, text, classes) {
    const node = document.createElement(name);
    if (text !== undefined) node.textContent = text;
    if (classes) node.className = classes;
    parent.appendChild(node);
    return node;
  }

  const round = (n) => Math.round(n * 10) / 10;
  const many = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

  function render() {
    const shown = visibility();
    placed = place(shown);
    const svg = make("svg", { role: "group" });
    make("rect", { class: "ground", width: "100%", height: "100%" }, svg);
    const canvas = make("g", {}, svg);
    drawn = { canvas, cards: new Map(), lines: [] };
    const frames = make("g", {}, canvas), lines = make("g", {}, canvas), heads = make("g", {}, canvas), front = make("g", {}, canvas);
    groups.forEach((g, at) => { if (at > 0 && placed.groups[at]) drawGroup(g, at, frames); });
    groups.forEach((_, at) => {
      if (placed.groups[at]) placed.inside[at].blocks.forEach((block) => drawLines(block, placed.groups[at], lines, heads));
    });
    wires.forEach((wire, at) => {
      const r = placed.cards[wire[0]];
      if (wire[4] !== null || !r) return;
      const x = r.x + r.w, y = r.y + metrics.head + metrics.row * (wire[3] + 0.5) - 1, top = r.y + metrics.head / 2;
      const path = make("path", { class: "line", d: `M${x} ${y}C${x + 22} ${y} ${x + 22} ${top} ${x} ${top}` }, lines);
      drawn.lines.push({ path, bundle: null, own: [at] });
    });
    cards.forEach((card, at) => { if (placed.cards[at]) drawCard(card, at, front); });
    stage.replaceChildren(svg);
    look();
    mark();
  }

  function drawGroup(g, at, parent) {
    const r = placed.groups[at];
    const node = make("g", { class: `fold ${g.class}`, tabindex: 0, role: "button", "aria-expanded": !folded[at] }, parent);
    const kind = folded[at] ? "folded" : g.depth % 2 === 1 ? "frame" : "frame inner";
    make("rect", { class: kind, x: r.x, y: r.y, width: r.w, height: r.h, rx: 8 }, node);
    make("rect", { class: `bar ${g.class}`, x: r.x + 12, y: r.y + 9, width: 10, height: 10, rx: 2 }, node);
    make("text", { class: "title", x: r.x + 28, y: r.y + 18.5 }, node, `${folded[at] ? "▸" : "▾"} ${g.title}`);
    if (folded[at]) {
      const text = many(g.count, "resource") + (found ? `, ${foundIn[at]} found` : "");
      make("text", { class: "kind", x: r.x + 28, y: r.y + 40 }, node, text);
    }
    make("title", {}, node, g.full);
    const toggle = () => { folded[at] = !folded[at]; const before = placed.groups[at]; render(); keep(before, placed.groups[at]); };
    // A frame is a large thing to hit by chance: only its title folds it.
    node.addEventListener("click", (e) => { if (folded[at] || point(e)[1] < r.y + metrics.titleHeight) toggle(); });
    node.addEventListener("keydown", (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); toggle(); } });
  }

  function drawLines(block, frame, lines, heads) {
    const dx = frame.x + block.x, dy = frame.y + block.y;
    const shared = new Map();
    // By the column where a piece begins, so that of a bundle what lies behind a card can be lit alone.
    const add = (bundle, x, d) => {
      const key = `${bundle} ${x}`;
      if (shared.has(key)) shared.get(key).d += d;
      else shared.set(key, { bundle, x, d });
    };
    block.members.flat().forEach((n) => {
      const [kind, id] = block.nodes[n], r = block.rects[n];
      if (kind === BEND) add(id, dx + r.x, `M${round(dx + r.x)} ${round(dy + r.y + metrics.bend / 2)}h${round(r.w)}`);
    });
    const tips = new Set();
    for (const s of block.segments) {
      const [l, r, bundle, row] = s;
      const [left, right] = [block.rects[l], block.rects[r]];
      const from = round(dy + left.y + anchor(block, s, true, placed.inside));
      const to = round(dy + right.y + anchor(block, s, false, placed.inside));
      const start = round(dx + block.sides[l][1]), end = round(dx + block.sides[r][0]), middle = round((start + end) / 2);
      const begin = round(block.nodes[l][0] === LEFT ? frame.x : dx + left.x + left.w);
      const stop = round(block.nodes[r][0] === RIGHT ? frame.x + frame.w : dx + right.x);
      const d = `M${begin} ${from}H${start}C${middle} ${from} ${middle} ${to} ${end} ${to}H${stop}`;
      const forward = bundles[bundle][0];
      const source = block.nodes[forward ? l : r], target = block.nodes[forward ? r : l];
      if (target[0] === CARD || (target[0] === GROUP && folded[target[1]])) {
        const tip = `M${forward ? stop : begin} ${forward ? to : from}l${forward ? -7 : 7} -3.5v7z`;
        if (!tips.has(`${bundle} ${tip}`)) {
          tips.add(`${bundle} ${tip}`);
          const path = make("path", { class: bundles[bundle][1] ? "head far" : "head", d: tip }, heads);
          drawn.lines.push({ path, bundle, own: wiresOf[bundle] });
        }
      }
      if (row !== undefined && source[0] === CARD) {
        const own = begun.get(`${bundle} ${source[1]} ${row}`) || [];
        const path = make("path", { class: bundles[bundle][2], d }, lines);
        make("title", {}, path, own.map(told).join("\n"));
        drawn.lines.push({ path, bundle, own });
      } else add(bundle, dx + block.sides[l][1], d);
    }
    for (const { bundle, x, d } of shared.values()) {
      const width = round(1 + Math.min(Math.sqrt(wiresOf[bundle].length), 8) * 0.3);
      const path = make("path", { class: bundles[bundle][2], d, "stroke-width": width }, lines);
      drawn.lines.push({ path, bundle, own: wiresOf[bundle], x });
    }
  }

  const told = (w) => `${cards[wires[w][0]].address} → ${cards[wires[w][1]].address} (${wires[w][2]})`;

  function drawCard(card, at, parent) {
    const { x, y, w, h } = placed.cards[at];
    const node = make("g", { class: `card ${card.class}`, tabindex: 0, role: "button", "aria-label": `${card.kind} ${card.address}` }, parent);
    make("rect", { class: "body", x, y, width: w, height: h, rx: 4 }, node);
    make("rect", { class: "bar", x, y, width: 4, height: h }, node);
    make("text", { class: "kind", x: x + 12, y: y + 14 }, node, card.short);
    make("text", { class: "name", x: x + 12, y: y + 29 }, node, card.title);
    card.rows.forEach((row, n) => make("text", { class: "row", x: x + w - 8, y: y + metrics.head + metrics.row * n + 9.5 }, node, row));
    make("title", {}, node, card.address);
    node.addEventListener("click", () => { if (!moved) choose(at, false); });
    node.addEventListener("keydown", (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); choose(at, false); } });
    drawn.cards.set(at, node);
  }

  /** Lights what is found and what is chosen, with its neighbours and the lines between. */
  function mark() {
    const near = new Set();
    if (chosen !== null) {
      leaving[chosen].forEach((w) => near.add(wires[w][1]));
      arriving[chosen].forEach((w) => near.add(wires[w][0]));
    }
    for (const [at, node] of drawn.cards) {
      const pale = found ? !found[at] && at !== chosen : chosen !== null && at !== chosen && !near.has(at);
      node.classList.toggle("pale", pale);
      node.classList.toggle("found", Boolean(found && found[at]));
      node.classList.toggle("chosen", at === chosen);
      node.classList.toggle("near", near.has(at) && at !== chosen);
    }
    const to = new Set(), from = new Set();
    if (chosen !== null) {
      arriving[chosen].forEach((w) => to.add(w));
      leaving[chosen].forEach((w) => from.add(w));
    }
    const here = chosen !== null ? placed.cards[chosen] : null;
    for (const { path, bundle, own, x } of drawn.lines) {
      const behind = x === undefined || !here || (bundles[bundle][0] ? x >= here.x + here.w - 1 : x < here.x);
      const lit = chosen !== null && own.some((w) => to.has(w) || (behind && from.has(w)));
      path.classList.toggle("lit", lit && path.classList.contains("line"));
      path.classList.toggle("pale", (chosen !== null || found !== null) && !lit);
    }
  }

  // -- Moving about

  function look() {
    if (!view) fit();
    drawn.canvas.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.k})`);
  }

  function fit() {
    const whole = placed.groups[0], width = stage.clientWidth || 800, height = stage.clientHeight || 600;
    const k = Math.min(width / whole.w, height / whole.h, 1.4);
    view = { k, x: (width - whole.w * k) / 2, y: Math.max((height - whole.h * k) / 2, 0) };
  }

  /** Keeps the corner of something where it was on the screen. */
  function keep(before, after) {
    if (!before || !after) return;
    view.x += (before.x - after.x) * view.k;
    view.y += (before.y - after.y) * view.k;
    look();
  }

  function center(rect) {
    view.k = Math.max(view.k, 0.8);
    view.x = stage.clientWidth / 2 - (rect.x + rect.w / 2) * view.k;
    view.y = stage.clientHeight / 2 - (rect.y + rect.h / 2) * view.k;
    look();
  }

  function zoom(factor, x, y) {
    const k = Math.min(Math.max(view.k * factor, 0.02), 6);
    view.x = x - (x - view.x) * (k / view.k);
    view.y = y - (y - view.y) * (k / view.k);
    view.k = k;
    look();
  }

  /** Where an event is, in the picture. */
  function point(e) {
    const box = stage.getBoundingClientRect();
    return [(e.clientX - box.left - view.x) / view.k, (e.clientY - box.top - view.y) / view.k];
  }

  let held = null, moved = false;
  stage.addEventListener("wheel", (e) => {
    e.preventDefault();
    const box = stage.getBoundingClientRect();
    zoom(Math.exp(-Math.max(-200, Math.min(200, e.deltaY * (e.deltaMode === 1 ? 16 : 1))) * 0.002), e.clientX - box.left, e.clientY - box.top);
  }, { passive: false });
  stage.addEventListener("pointerdown", (e) => { held = { x: e.clientX, y: e.clientY }; moved = false; });
  addEventListener("pointermove", (e) => {
    if (!held) return;
    const [dx, dy] = [e.clientX - held.x, e.clientY - held.y];
    if (!moved && Math.abs(dx) + Math.abs(dy) < 5) return;
    moved = true;
    stage.classList.add("dragged");
    view.x += dx;
    view.y += dy;
    held = { x: e.clientX, y: e.clientY };
    look();
  });
  addEventListener("pointerup", () => { held = null; stage.classList.remove("dragged"); });
  // The click that ends a drag is none.
  stage.addEventListener("click", (e) => { if (moved) { e.stopPropagation(); moved = false; } }, true);
  addEventListener("keydown", (e) => {
    if (e.key === "Escape") {
      search.value = "";
      ask();
      choose(null, false);
      stage.focus();
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.tagName === "INPUT") return;
    const [width, height] = [stage.clientWidth / 2, stage.clientHeight / 2];
    const steps = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };
    if (e.key === "/") search.focus();
    else if (e.key === "+" || e.key === "=") zoom(1.25, width, height);
    else if (e.key === "-") zoom(0.8, width, height);
    else if (e.key === "0") { fit(); look(); }
    else if (steps[e.key] && !byId("side").contains(e.target)) { view.x += steps[e.key][0]; view.y += steps[e.key][1]; look(); }
    else return;
    e.preventDefault();
  });

  // -- The panel

  function jump(parent, text, at) {
    const button = element("button", parent, text, "jump");
    button.type = "button";
    button.addEventListener("click", () => choose(at, true));
  }

  /** Opens every group around a card. */
  function reveal(at) {
    let closed = false;
    for (let g = cards[at].group; g !== 0; g = groups[g].parent) {
      closed = closed || folded[g];
      folded[g] = false;
    }
    return closed;
  }

  function choose(at, go) {
    chosen = at;
    if (at !== null && go) {
      if (reveal(at)) render();
      if (!placed.cards[at]) { only.checked = false; render(); }
      center(placed.cards[at]);
    }
    mark();
    details.replaceChildren();
    if (at === null) return;
    const card = cards[at];
    element("h2", details, card.address);
    element("p", details, `${card.kind}, ${card.technology}${card.via ? `, rendered by ${card.via}` : ""}`, "dim");
    if (card.place) element("p", details, card.place);
    for (const [title, list, end, arrow] of [["Refers to", leaving[at], 1, "→"], ["Referred to by", arriving[at], 0, "←"]]) {
      if (list.length === 0) continue;
      element("h3", details, `${title} (${list.length})`);
      list.slice(0, 200).forEach((w) => jump(details, `${wires[w][2]} ${arrow} ${cards[wires[w][end]].address}`, wires[w][end]));
      if (list.length > 200) element("p", details, `and ${list.length - 200} more`, "dim");
    }
    element("h3", details, "Fields");
    if (card.fields === null) element("p", details, "Too many for this page; `stockade graph --format json` has them.", "dim");
    else element("pre", details, lines(card.fields, 0).join("\n") || "none");
    details.scrollTop = 0;
  }

  /** What is known of a value, a line each. */
  function lines(value, depth) {
    const indent = "  ".repeat(depth);
    const out = [];
    const entries = Array.isArray(value) ? value.map((item) => ["-", item]) : Object.entries(value).map(([k, v]) => [`${shownText(k)}:`, v]);
    for (const [key, item] of entries) {
      const flat = scalar(item);
      if (flat !== null) out.push(`${indent}${key} ${flat}`);
      else if (depth > 30) out.push(`${indent}${key} …`);
      else out.push(`${indent}${key}`, ...lines(item, depth + 1));
    }
    return out;
  }

  function scalar(value) {
    if (value === "") return '""';
    if (value === null || typeof value !== "object") return typeof value === "string" ? shownText(value) : String(value);
    const keys = Object.keys(value);
    if (keys.length === 0) return Array.isArray(value) ? "[]" : "{}";
    if (Array.isArray(value) || keys.length > 1) return null;
    if (value.$sensitive === true) return "(sensitive)";
    if (typeof value.$ref === "string") return `→ ${shownText(value.$ref)}`;
    if (typeof value.$unknown === "string") return `(unknown: ${shownText(value.$unknown)})`;
    return null;
  }

  // As `text.rs` cleans, but for line breaks.
  const shownText = (text) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g, "\ufffd");

  function ask() {
    query = search.value.trim().toLowerCase();
    const words = query.split(/\s+/).filter(Boolean);
    found = words.length > 0 ? haystack.map((text) => words.every((word) => text.includes(word))) : null;
    results.replaceChildren();
    if (found) {
      foundIn = groups.map(() => 0);
      cards.forEach((card, at) => {
        if (!found[at]) return;
        for (let g = card.group; g !== 0; g = groups[g].parent) foundIn[g] += 1;
      });
      const hits = [];
      found.forEach((hit, at) => { if (hit) hits.push(at); });
      element("p", results, `${hits.length} found`, "dim");
      hits.slice(0, 200).forEach((at) => jump(results, `${cards[at].kind} ${cards[at].address}`, at));
      if (hits.length > 200) element("p", results, `and ${hits.length - 200} more`, "dim");
    }
    render();
  }

  let soon = 0;
  search.addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(ask, 120); });
  search.addEventListener("keydown", (e) => {
    if (e.key !== "Enter") return;
    clearTimeout(soon);
    ask();
    const first = found ? found.indexOf(true) : -1;
    if (first >= 0) choose(first, true);
  });
  only.addEventListener("change", () => { render(); fit(); look(); });
  const foldAll = (value) => { folded = groups.map((_, at) => at > 0 && value); render(); fit(); look(); };
  byId("fold").addEventListener("click", () => foldAll(true));
  byId("open").addEventListener("click", () => foldAll(false));
  byId("fit").addEventListener("click", () => { fit(); look(); });
  byId("summary").textContent = data.summary;
  for (const [name, kind] of data.technologies) {
    const entry = element("span", byId("legend"));
    make("rect", { class: `bar ${kind}`, width: 11, height: 11 }, make("svg", { viewBox: "0 0 11 11", "aria-hidden": true }, entry));
    entry.append(name);
  }
  render();
})();
