// Live: when the node says that a part of this page is stale, the page asks for itself anew and puts its parts in place.
"use strict";
(() => {
  const address = document.currentScript.dataset.events;
  let asking = false;
  let again = false;

  // What somebody is writing, or has the focus in, is left as it stands.
  const isBusy = (part) =>
    part.contains(document.activeElement) ||
    [...part.querySelectorAll("input, textarea")].some((field) => field.type !== "hidden" && field.value !== field.defaultValue);

  const place = (fresh) => {
    for (const part of document.querySelectorAll("[data-live]")) {
      const other = fresh.querySelector('[data-live="' + part.dataset.live + '"]');
      if (!other) continue;
      const made = document.importNode(other, true);
      if (part.isEqualNode(made)) continue;
      if (isBusy(part)) part.addEventListener("focusout", renew, { once: true });
      else part.replaceChildren(...made.childNodes);
    }
  };

  // XMLHttpRequest makes a document without running or trusting anything in it, so the page's policy stays whole.
  const renew = () => {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    const request = new XMLHttpRequest();
    request.open("GET", location.pathname + location.search);
    request.setRequestHeader("x-by-itself", "1");
    request.responseType = "document";
    request.timeout = 20000;
    request.onload = () => {
      if (request.status === 200 && request.response && new URL(request.responseURL).pathname === location.pathname) place(request.response);
    };
    request.onloadend = () => {
      asking = false;
      if (again) {
        again = false;
        renew();
      }
    };
    request.send();
  };

  const source = new EventSource(address);
  source.addEventListener("stale", renew);
  let opened = false;
  source.addEventListener("open", () => {
    if (opened) renew(); // what happened while the line was down
    opened = true;
  });
  addEventListener("pagehide", () => source.close());
})();
