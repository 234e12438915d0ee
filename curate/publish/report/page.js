"use strict";
(() => {
  const count = (number) => number.toLocaleString("en");
  const short = (number) => number.toLocaleString("en", { maximumSignificantDigits: 6 });
  const table = document.getElementById("rejections");

  const sortBy = (head) => {
    const column = head.cellIndex;
    const numeric = head.classList.contains("n");
    const turn = head.getAttribute("aria-sort") === (numeric ? "descending" : "ascending") ? -1 : 1;
    const up = numeric ? -turn : turn;
    const value = (row) => {
      const cell = row.cells[column];
      return numeric ? Number(cell.dataset.value) : cell.textContent.trim();
    };
    const order = (a, b) => (numeric ? value(a) - value(b) : value(a).localeCompare(value(b)));
    const body = table.tBodies[0];
    [...body.rows].sort((a, b) => up * order(a, b)).forEach((row) => body.append(row));
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up > 0 ? "ascending" : "descending");
  };

  const filter = () => {
    const wanted = document.getElementById("find").value.trim().toLowerCase();
    const step = document.getElementById("step").value;
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const said = `${row.cells[0].textContent} ${row.cells[1].textContent}`.toLowerCase();
      row.hidden = !said.includes(wanted) || (step !== "" && row.dataset.step !== step);
      if (!row.hidden) shown += 1;
      const card = document.getElementById(row.dataset.key);
      if (card) card.hidden = row.hidden;
    }
    document.getElementById("found").textContent = `${shown} reason${shown === 1 ? "" : "s"}`;
  };

  if (table) {
    for (const button of table.querySelectorAll("thead button")) {
      button.addEventListener("click", () => sortBy(button.parentElement));
    }
    document.getElementById("find").addEventListener("input", filter);
    document.getElementById("step").addEventListener("change", filter);
    document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());
  }

  const moves = JSON.parse(document.getElementById("moves").textContent);
  for (const box of document.querySelectorAll(".move")) {
    const move = moves[box.dataset.key];
    const slider = box.querySelector("input[type=range]");
    const field = box.querySelector("input[type=number]");
    const output = box.querySelector("output");
    const now = Number(slider.dataset.now);
    const show = () => {
      const at = Number(slider.value);
      const value = move.grid[at];
      slider.setAttribute("aria-valuetext", String(value));
      const lost = move.kept[now] - move.kept[at];
      let said = `At ${short(value)} this step keeps ${count(move.pass[at])} of ${count(move.judged)} rows`;
      if (at === now) said += ", as it did.";
      else {
        said += ` (now ${count(move.pass[now])}). `;
        if (lost > 0) said += `The dataset loses ${count(lost)} of ${count(move.kept[now])}.`;
        else if (move.freed[at] > 0) said += `The dataset gains at most ${count(move.freed[at])}.`;
        else said += "The dataset stays as it is.";
      }
      output.textContent = said;
    };
    slider.addEventListener("input", () => {
      field.value = move.grid[Number(slider.value)];
      show();
    });
    field.addEventListener("change", () => {
      const wanted = Number(field.value);
      if (field.value === "" || !Number.isFinite(wanted)) return;
      let best = 0;
      move.grid.forEach((value, at) => {
        if (Math.abs(value - wanted) < Math.abs(move.grid[best] - wanted)) best = at;
      });
      slider.value = best;
      field.value = move.grid[best];
      show();
    });
    show();
  }
})();
