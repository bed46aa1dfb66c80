// Passkeys: adds one to the account, signs in by one, or approves an act by one. Everything else of the desk works without scripts.
"use strict";
(() => {
  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const post = async (address, body, csrf) => {
    const headers = { "content-type": "application/json" };
    if (csrf) headers["x-csrf"] = csrf;
    const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };

  const withId = (one) => ({ ...one, id: toBytes(one.id) });

  const add = async (form) => {
    const csrf = form.elements.csrf.value;
    const options = await post(form.dataset.base + "/passkeys/creation", {}, csrf);
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        user: withId(options.user),
        excludeCredentials: (options.excludeCredentials || []).map(withId),
      },
    });
    const credential = {
      id: made.id,
      rawId: toText(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: toText(made.response.clientDataJSON),
        attestationObject: toText(made.response.attestationObject),
      },
    };
    return post(form.dataset.base + "/passkeys", { name: form.elements.passkey_name.value, credential }, csrf);
  };

  const answerTo = async (options) => {
    const made = await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        allowCredentials: (options.allowCredentials || []).map(withId),
      },
    });
    return {
      id: made.id,
      rawId: toText(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: toText(made.response.clientDataJSON),
        authenticatorData: toText(made.response.authenticatorData),
        signature: toText(made.response.signature),
        userHandle: made.response.userHandle ? toText(made.response.userHandle) : null,
      },
    };
  };

  const signIn = async (place) => {
    const credential = await answerTo(await post(place.dataset.base + "/passkeys/request", {}, ""));
    return post(place.dataset.base + "/passkeys/sign-in", { next: place.dataset.next, credential }, "");
  };

  const approve = async (form) => {
    const csrf = form.elements.csrf.value;
    const act = form.dataset.base + form.dataset.act;
    const credential = await answerTo(await post(act + "/options", {}, csrf));
    return post(act + "/passkey", { credential }, csrf);
  };

  const attach = (place, event, work) => {
    if (!place || !window.PublicKeyCredential) return;
    place.hidden = false;
    for (const words of document.querySelectorAll("[data-without-scripts]")) words.hidden = true;
    place.addEventListener(event, async (happened) => {
      happened.preventDefault();
      const said = place.querySelector("[role=status]");
      said.textContent = "";
      try {
        const answer = await work(place);
        window.location.assign(answer.next);
      } catch {
        said.textContent = said.dataset.refused;
      }
    });
  };

  const place = document.querySelector("[data-passkey-sign-in]");
  attach(place && place.querySelector("button") ? place : null, "click", signIn);
  attach(document.querySelector("[data-passkey-add]"), "submit", add);
  attach(document.querySelector("[data-passkey-approve]"), "submit", approve);
})();
