// The progress of a batch: asks every second, and shows the result once the work is over.
"use strict";
(function () {
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
