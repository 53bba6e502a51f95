// Scripts draw an icon of the sprite as the pages draw theirs.

export function icon(name) {
  const use = document.querySelector("svg.icon use").cloneNode();
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#tabler-${name}`));
  const svg = document.createElementNS(use.namespaceURI, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}
