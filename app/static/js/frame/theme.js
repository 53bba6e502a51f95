// The chosen colours, else those of the system, are set before the first paint.
(function () {
  var chosen = null;
  try { chosen = localStorage.getItem("theme"); } catch (_) { /* storage may be switched off */ }
  var dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
})();
