// Draws the description of the REST interface; what is tried out from a browser session carries its CSRF token.
"use strict";

const place = document.getElementById("docs");
const token = place.dataset.token;

window.SwaggerUIBundle({
  url: place.dataset.url,
  domNode: place,
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  requestInterceptor(request) {
    if (!request.headers.Authorization) request.headers["X-CSRFToken"] = token;
    return request;
  },
});

// The one button of the library that people need says in their language what it does.
new MutationObserver(() => {
  const words = place.querySelector(".btn.authorize span");
  if (words && words.textContent !== place.dataset.authorize) words.textContent = place.dataset.authorize;
}).observe(place, { childList: true, subtree: true });
