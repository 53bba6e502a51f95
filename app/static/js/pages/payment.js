// The form of a payment is filled in by the server from the chosen order.

const select = document.querySelector("select[name=sales_order]");
const chosen = select?.value;
select?.addEventListener("change", () => {
  if (!select.value || select.value === chosen) return;
  const address = new URL(location.pathname, location.origin);
  address.searchParams.set("sales_order", select.value);
  document.querySelector("form[data-save]").dataset.sent = "elsewhere"; // no draft: the next page knows it all
  location.assign(address);
});
// With the order given, the amount is what is looked at first; without it, the order is what is typed first.
if (matchMedia("(hover: hover)").matches && !document.querySelector("[aria-invalid=true]")) {
  if (chosen) document.querySelector("input[name=amount]")?.select();
  else select?.picker?.input.focus();
}
