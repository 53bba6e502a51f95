// A page about long work shows how far it is, asked for every second until it is over; a page that only offers the work
// begins it by itself.
"use strict";
(function () {
  const begin = document.querySelector("form[data-begin]");
  const [came] = performance.getEntriesByType("navigation");
  if (begin && came && came.type === "navigate") begin.requestSubmit(); // not for who comes back here by the history

  const card = document.querySelector("[data-status]");
  if (!card) return;
  const bar = card.querySelector("progress");
  const done = card.querySelector("[data-done]");
  const total = card.querySelector("[data-total]");

  function show(answer) {
    bar.max = answer.total || 1;
    bar.value = answer.done;
    done.textContent = answer.done;
    total.textContent = answer.total;
  }

  function ask(wait) {
    setTimeout(() => {
      fetch(card.dataset.status, { headers: { Accept: "application/json" } })
        .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
        .then((answer) => {
          show(answer);
          if (answer.busy) ask(1000); else location.reload();
        })
        .catch(() => ask(5000)); // the server may be restarting; the work goes on
    }, wait);
  }

  ask(600);
})();
