// Sends without loading the page anew, and shows what comes meanwhile. Without it everything works by forms.
(function () {
  "use strict";
  var me = document.currentScript, base = me.dataset.base, lang = me.dataset.lang;
  var log = document.querySelector("#log ol"), form = document.getElementById("f"), choices = document.getElementById("c");
  var box = document.getElementById("q"), state = document.getElementById("state");
  if (!log || !window.fetch || !window.URLSearchParams) return;
  var REST = 300000, FIRST = 1000, LONGEST = 60000;
  var queue = [], sending = false, wait = FIRST, stream = null, streamWait = FIRST, polling = 0, resting = 0, clicked = null;

  function field(name) { return form.elements[name] ? form.elements[name].value : ""; }
  function newest() {
    var last = log.querySelectorAll("li[id^=m]");
    return last.length ? +last[last.length - 1].id.slice(1) : +field("sau");
  }
  function nonce() {
    var bytes = crypto.getRandomValues(new Uint8Array(18));
    return btoa(String.fromCharCode.apply(null, bytes)).replace(/\+/g, "-").replace(/\//g, "_");
  }
  function later(ms) { return ms / 2 + Math.random() * ms / 2; }
  function tell(text) { state.textContent = text; state.hidden = !text; }

  // Puts messages where they belong; one that is there already is not shown twice.
  function show(html) {
    var part = document.createElement("template");
    part.innerHTML = html;
    Array.prototype.slice.call(part.content.querySelectorAll("li[id^=m]")).forEach(function (item) {
      if (document.getElementById(item.id)) return;
      var number = +item.id.slice(1), before = null;
      for (var node = log.lastElementChild; node && (!node.id || +node.id.slice(1) > number); node = node.previousElementSibling) before = node;
      log.insertBefore(item, before);
    });
    var topics = document.getElementById("topics");
    if (topics && log.children.length) topics.remove();
  }

  // --- sending: one after the other, until each has arrived ---

  function send(body, text) {
    var pending = document.createElement("li"), bubble = document.createElement("div"), said = document.createElement("p");
    pending.className = "mine waits";
    said.textContent = text;
    bubble.appendChild(said);
    pending.appendChild(bubble);
    log.appendChild(pending);
    pending.scrollIntoView({ block: "nearest" });
    queue.push({ body: body, pending: pending, text: text });
    go();
  }

  function go() {
    if (sending || !queue.length) return;
    sending = true;
    var one = queue[0];
    one.body.set("sau", newest());
    fetch(base + "/", { method: "POST", body: one.body, headers: { "x-loaban": "1" }, credentials: "same-origin" }).then(function (answer) {
      if (answer.status === 205) { location.replace(base + "/da-xoa?lang=" + lang); return; }
      if (answer.status === 502 || answer.status === 504) throw answer;
      return answer.text().then(function (html) {
        if (answer.status === 503) { tell(html); throw answer; }
        queue.shift();
        one.pending.remove();
        if (answer.ok) {
          var last = newest();
          show(html);
          tell("");
          arrived(last);
        } else {
          tell(html);
          if (!box.value) box.value = one.text;
        }
        wait = FIRST;
        sending = false;
        go();
      });
    }).catch(function (why) {
      if (!(why instanceof Response) || why.status !== 503) tell(state.dataset.lost);
      setTimeout(function () { sending = false; go(); }, later(wait));
      wait = Math.min(LONGEST, wait * 2);
    });
  }

  // What the page was opened for counts for its first message, and by now the browser has what it keeps.
  function arrived(last) {
    [form, choices].forEach(function (one) {
      ["x", "lang"].forEach(function (name) { if (one.elements[name]) one.elements[name].remove(); });
      if (one.elements.ma && !one.elements.lai) {
        var back = document.createElement("input");
        back.type = "hidden"; back.name = "lai"; back.value = "1";
        one.appendChild(back);
      }
    });
    var first = Array.prototype.find.call(log.querySelectorAll("li.mine"), function (item) { return item.id && +item.id.slice(1) > last; });
    if (first) first.scrollIntoView({ block: "start" });
    if (!stream && !polling) listen();
  }

  document.addEventListener("click", function (event) { clicked = event.target.closest ? event.target.closest("button") : null; });
  document.addEventListener("submit", function (event) {
    var from = event.target, button = event.submitter || clicked;
    if ((from !== form && from !== choices) || (button && button.hasAttribute("formaction"))) return;
    event.preventDefault();
    var body = new URLSearchParams(new FormData(from)), text = box.value.trim();
    body.set("so", nonce());
    if (from === choices) {
      if (!button || !button.name) return;
      body.set(button.name, button.value);
      text = button.textContent.trim();
    } else {
      if (!text) return;
      box.value = "";
    }
    send(body, text);
  });
  box.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      clicked = null;
      if (form.requestSubmit) form.requestSubmit(); else form.querySelector("button").click();
    }
  });
  window.addEventListener("online", function () { wait = streamWait = FIRST; if (!queue.length) tell(""); listen(); });

  // --- what comes ---

  function listen() {
    if (stream || document.hidden || (!newest() && !field("sau"))) return;
    if (!window.EventSource || polling) { poll(); return; }
    stream = new EventSource(base + "/dong?lang=" + lang + "&sau=" + newest());
    stream.onopen = function () { streamWait = FIRST; if (!queue.length) tell(""); };
    stream.onmessage = function (event) { show(event.data); };
    stream.addEventListener("xoa", function () { stream.close(); location.replace(base + "/da-xoa?lang=" + lang); });
    stream.addEventListener("lai", function () { stream.close(); location.reload(); });
    stream.onerror = function () {
      var refused = stream.readyState === 2;
      stream.close();
      stream = null;
      if (refused && field("ma")) { polling = 5000; tell(state.dataset.cookies); poll(); return; }
      setTimeout(listen, later(streamWait));
      streamWait = Math.min(LONGEST, streamWait * 2);
    };
  }

  // Where the browser keeps nothing, a stream cannot say whose it is: the form can.
  function poll() {
    if (document.hidden || !polling) return;
    var body = new URLSearchParams(new FormData(choices));
    body.set("sau", newest());
    fetch(base + "/moi", { method: "POST", body: body, headers: { "x-loaban": "1" } }).then(function (answer) {
      if (answer.status === 205) location.replace(base + "/da-xoa?lang=" + lang);
      return answer.ok ? answer.text() : "";
    }).then(show).catch(function () {}).then(function () {
      setTimeout(poll, later(polling));
      polling = Math.min(LONGEST, polling * 1.5);
    });
  }

  document.addEventListener("visibilitychange", function () {
    clearTimeout(resting);
    if (!document.hidden) { streamWait = FIRST; if (polling) polling = 5000; listen(); return; }
    resting = setTimeout(function () { if (stream) stream.close(); stream = null; }, REST);
  });
  if (log.children.length) listen();
})();
