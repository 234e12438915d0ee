"use strict";
(() => {
  const table = document.getElementById("cells");
  const panel = document.getElementById("cell");
  const known = JSON.parse(document.getElementById("cell-texts").textContent);
  const rows = [...table.tBodies[0].rows];
  const names = [...table.tHead.rows[0].cells].slice(1).map((one) => one.textContent);
  const at = (x, y) => rows[y].cells[x + 1];
  const bad = rows.flatMap((row, y) => names.map((_, x) => [x, y])
    .filter(([x]) => at(x, y).className.match(/q-(fault|moved)/)));
  let place = [0, 0];

  const make = (name, text, kind) => {
    const one = document.createElement(name);
    if (kind) one.className = kind;
    one.textContent = text;
    return one;
  };
  const said = (x, y, kind) => {
    const cell = known.cells[`${x},${y}`];
    const one = make("div", cell ? cell.t : "(the text is not carried in this page)", kind);
    one.dir = "auto";
    if (known.tags[x]) one.lang = known.tags[x];
    return one;
  };
  const show = (x, y) => {
    const cell = known.cells[`${x},${y}`];
    const line = cell && cell.l ? `, line ${cell.l}` : "";
    panel.replaceChildren(make("h3", `${rows[y].cells[0].textContent} in ${names[x]}${line}`));
    if (at(x, y).className.includes("q-none")) {
      panel.append(make("p", "There is no such row."));
    } else {
      panel.append(said(x, y, "text"));
    }
    if (cell && cell.f) {
      const list = make("ul", "");
      for (const [check, value, hard] of cell.f) {
        const item = make("li", "");
        item.append(make("span", `${hard ? "fault" : "hint"}: ${check}`, hard ? "hard" : ""), ": ", make("bdi", value));
        list.append(item);
      }
      panel.append(list);
    }
    const more = [];
    if (cell && cell.r) more.push(`repair: ${cell.r}`);
    if (cell && cell.m) more.push(`made by ${cell.m}`);
    if (more.length) panel.append(make("p", more.join("; "), "by"));
    if (x !== 0) {
      panel.append(make("p", `The same question in ${names[0]}:`, "by"), said(0, y, "text source"));
    }
    panel.hidden = false;
    for (const one of table.querySelectorAll(".chosen")) one.classList.remove("chosen");
    at(x, y).classList.add("chosen");
  };
  const go = (x, y, focus) => {
    at(...place).tabIndex = -1;
    place = [Math.max(0, Math.min(names.length - 1, x)), Math.max(0, Math.min(rows.length - 1, y))];
    const cell = at(...place);
    cell.tabIndex = 0;
    if (focus) cell.focus();
    show(...place);
  };
  const where = (event) => {
    const cell = event.target.closest("td");
    return cell ? [cell.cellIndex - 1, rows.indexOf(cell.parentElement)] : null;
  };

  rows.forEach((row, y) => names.forEach((name, x) => {
    const cell = at(x, y);
    const kind = { "q-good": "good", "q-hint": "hint", "q-fault": "fault", "q-moved": "another question's text", "q-none": "missing" };
    cell.tabIndex = x || y ? -1 : 0;
    cell.setAttribute("aria-label", `${name}: ${kind[cell.className]}`);
  }));
  table.addEventListener("click", (event) => { const to = where(event); if (to) go(...to, true); });
  table.addEventListener("mouseover", (event) => { const to = where(event); if (to) show(...to); });
  table.addEventListener("mouseleave", () => { if (table.contains(document.activeElement)) show(...place); });
  table.addEventListener("focusin", (event) => { const to = where(event); if (to) show(...to); });
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    PageUp: [0, -10], PageDown: [0, 10] };
  table.addEventListener("keydown", (event) => {
    const [x, y] = place;
    if (event.key === "Home") go(0, event.ctrlKey ? 0 : y, true);
    else if (event.key === "End") go(names.length - 1, event.ctrlKey ? rows.length - 1 : y, true);
    else if (event.key in steps) go(x + steps[event.key][0], y + steps[event.key][1], true);
    else if (event.key === "Escape") panel.hidden = true;
    else return;
    event.preventDefault();
  });
  const fault = (turn) => {
    const [x, y] = place;
    const after = bad.filter(([a, b]) => turn * (b - y || a - x) > 0);
    const list = after.length ? after : bad;
    go(...list[turn > 0 ? 0 : list.length - 1], true);
  };
  for (const [name, turn] of [["before", -1], ["after", 1]]) {
    const button = document.getElementById(name);
    button.hidden = !bad.length;
    button.addEventListener("click", () => fault(turn));
  }
})();
