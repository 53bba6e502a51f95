// Sections of the menu are folded before they are painted; what a person folded stays so, but for where they are.
"use strict";
(function () {
  const KEY = "menu.folded";
  const sections = Array.from(document.querySelectorAll("#side details[data-section]"));
  let folded = [];
  try {
    folded = JSON.parse(localStorage.getItem(KEY) || "[]");
  } catch (_) { /* The storage may be switched off or spoiled. */ }
  if (!Array.isArray(folded)) folded = [];
  sections.forEach((section) => {
    if (folded.includes(section.dataset.section) && !section.querySelector("a.on")) section.open = false;
    section.querySelector("summary").addEventListener("click", () => {
      const name = section.dataset.section;
      folded = folded.filter((other) => other !== name);
      if (section.open) folded.push(name); // it is about to close
      try { localStorage.setItem(KEY, JSON.stringify(folded)); } catch (_) { /* as above */ }
    });
  });
})();
