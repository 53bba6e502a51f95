// The page of imports shows the chosen file and the progress of a batch, asked for every second until it is over.
"use strict";
(function () {
  document.querySelectorAll("[data-chosen]").forEach((label) => {
    const input = label.querySelector("input");
    const show = () => {
      const file = input.files[0];
      label.querySelector("span").textContent = file ? file.name : label.dataset.chosen;
    };
    input.addEventListener("change", show);
    window.addEventListener("pageshow", show); // the browser may still hold the file after going back
  });

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
