// Ctrl+Enter takes the step that is most likely wanted: the open dialog's, else the page's blue button.

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
  const form = document.querySelector("dialog[open] form");
  const button = document.querySelector(".head .acts .btn-primary");
  if (!form && !button) return;
  event.preventDefault();
  if (form) form.requestSubmit();
  else button.click();
});
for (const button of document.querySelectorAll(".head .acts .btn-primary")) button.title ||= "Ctrl+Enter";
// Where the document stands, also on a screen too narrow for its whole way.
document.querySelector(".way .c")?.scrollIntoView({ block: "nearest", inline: "center", behavior: "instant" });
