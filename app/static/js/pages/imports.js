// The page of imports shows the chosen file.
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
})();
