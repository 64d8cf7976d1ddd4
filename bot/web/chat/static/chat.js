// Sends without loading the page anew, and shows what comes meanwhile. Without it everything works by forms.
(function () {
  "use strict";
  var me = document.currentScript, base = me.dataset.base, lang = me.dataset.lang;
  var log = document.querySelector("#log ol"), state = document.getElementById("state");
  var form = document.getElementById("f"), choices = document.getElementById("c"), box = document.getElementById("q");
  if (!window.fetch || !window.URLSearchParams || !box.closest) return;

  // Milliseconds. A line that carries nothing for QUIET, though the server says something every 25 seconds, is dead.
  var REST = 300000, QUIET = 60000, PATIENCE = 30000, TWICE = 800, FIRST = 1000, STREAM_FIRST = 3000, POLL_FIRST = 5000, LONGEST = 60000;

  function field(name) { return form.elements[name] ? form.elements[name].value : ""; }
  function newest() {
    var all = log.querySelectorAll("li[id^=m]");
    return Math.max(all.length ? number(all[all.length - 1]) : 0, +field("sau"));
  }
  function number(item) { return +item.id.slice(1); }
  function nonce() {
    var bytes = crypto.getRandomValues(new Uint8Array(18));
    return btoa(String.fromCharCode.apply(null, bytes)).replace(/\+/g, "-").replace(/\//g, "_");
  }
  var tab = nonce(); // so that what comes with an answer does not come by the stream as well
  function chance(ms) { return ms * (0.3 + 0.7 * Math.random()); }
  function longer(ms) { return Math.min(LONGEST, ms * 2); }
  function bare(text) { return text.replace(/\s+/g, ""); }
  function within(element) { return element.getBoundingClientRect().top < window.innerHeight; }

  var lost = false, forgetful = "";
  function tell(text, isLost) {
    lost = !!isLost;
    text = text || forgetful;
    if (state.textContent !== text) state.textContent = text;
    state.hidden = !text;
    if (text && !within(state)) state.scrollIntoView({ block: "nearest" });
  }
  function deleted() { queue = []; location.replace(base + "/da-xoa?lang=" + lang); }

  // Puts messages where they belong; one that is there already is not shown twice. Returns the new ones.
  function show(html) {
    var part = document.createElement("template"), added = [];
    part.innerHTML = html;
    Array.prototype.slice.call(part.content.querySelectorAll("li[id^=m]")).forEach(function (item) {
      if (document.getElementById(item.id)) return;
      var before = null;
      for (var node = log.lastElementChild; node && number(node) > number(item); node = node.previousElementSibling) before = node;
      log.insertBefore(item, before);
      added.push(item);
      if (sending && item.classList.contains("mine") && bare(item.textContent).indexOf(bare(queue[0].text)) >= 0) queue[0].pending.hidden = true;
    });
    return added;
  }

  // --- sending: one after the other, until each has arrived ---

  var queue = [], sending = false, wait = FIRST, again = 0, last = {};
  var waiting = document.createElement("ol"); // beside the log, so that nothing is read out twice
  waiting.className = "talk";
  choices.parentNode.insertBefore(waiting, choices);

  function send(body, text, choice) {
    var now = Date.now();
    if (choice && ((last.choice === choice && now - last.at < TWICE) || queue.some(function (one) { return one.choice === choice; }))) return;
    last = { choice: choice, at: now };
    var pending = document.createElement("li"), bubble = document.createElement("div");
    pending.className = "mine waits";
    [["p", text], ["small", state.dataset.waits]].forEach(function (one) {
      bubble.appendChild(document.createElement(one[0])).textContent = one[1];
    });
    pending.appendChild(bubble);
    waiting.appendChild(pending);
    form.scrollIntoView({ block: "nearest" });
    queue.push({ body: body, pending: pending, text: text, choice: choice });
    go();
  }

  // Whether the browser keeps its cookie shows when it sends it; from then on the form need not say whose page it is.
  function heard(answer) {
    if (answer.headers.get("x-loaban") !== "cookie") return answer;
    [form, choices].forEach(function (one) { if (one.elements.ma) one.elements.ma.remove(); });
    if (polling && window.EventSource) { polling = 0; forgetful = ""; }
    return answer;
  }

  function go() {
    if (sending || !queue.length) return;
    sending = true;
    var one = queue[0], after = newest(), stop = window.AbortController ? new AbortController() : null;
    var late = stop && setTimeout(function () { stop.abort(); }, PATIENCE);
    one.body.set("sau", after);
    one.body.set("trang", tab);
    fetch(base + "/", { method: "POST", body: one.body, headers: { "x-loaban": "1" }, signal: stop && stop.signal }).then(heard).then(function (answer) {
      if (answer.status === 205) return deleted();
      if (answer.status === 502 || answer.status === 504) throw state.dataset.lost;
      return answer.text().then(function (html) {
        if (answer.status === 503) throw html;
        clearTimeout(late);
        if (answer.ok) { show(html); tell(""); } else { tell(html); if (!box.value && !one.choice) box.value = one.text; }
        queue.shift();
        one.pending.remove();
        wait = FIRST;
        sending = false;
        if (answer.ok) arrived(after, answer.headers.get("content-language"));
        go();
      });
    }).catch(function (why) {
      clearTimeout(late);
      tell(typeof why === "string" ? why : state.dataset.lost, true);
      sending = false;
      clearTimeout(again);
      again = setTimeout(go, chance(wait));
      wait = longer(wait);
    });
  }

  // What the page was opened for counts for its first message, and by now the browser has what it keeps.
  function arrived(after, spoken) {
    [form, choices].forEach(function (one) {
      ["x", "lang"].forEach(function (name) { if (one.elements[name]) one.elements[name].remove(); });
      if (one.elements.ma && !one.elements.lai) {
        var back = document.createElement("input");
        back.type = "hidden"; back.name = "lai"; back.value = "1";
        one.appendChild(back);
      }
      one.elements.sau.value = newest();
    });
    var mine = Array.prototype.filter.call(log.querySelectorAll(".mine"), function (item) { return number(item) > after; });
    var topics = document.getElementById("topics"), had = topics && topics.contains(document.activeElement);
    if (topics) topics.remove();
    if (spoken !== lang && mine.length && !queue.length && !field("ma")) { // all of the page changes its language
      location.hash = mine[0].id;
      location.reload();
    } else if (mine.length) {
      // Who tapped what is gone now goes on from their own words.
      if (had) { mine[0].tabIndex = -1; mine[0].focus({ preventScroll: true }); }
      mine[0].scrollIntoView({ block: "start" });
    }
    if (polling) { polling = POLL_FIRST; poll(); } else listen();
  }

  var clicked = null;
  document.addEventListener("click", function (event) {
    clicked = event.target.closest("button");
    var other = event.target.closest("a[hreflang]");
    if (other && log.children.length) { event.preventDefault(); speak(other.hreflang); }
  });
  // The whole page changes its language, so this one is loaded.
  function speak(code) {
    var chosen = document.createElement("input");
    chosen.type = "hidden"; chosen.name = "chon"; chosen.value = "lang:" + code;
    choices.appendChild(chosen);
    choices.submit();
  }

  document.addEventListener("submit", function (event) {
    var from = event.target, button = event.submitter || clicked;
    if ((from !== form && from !== choices) || (button && (button.hasAttribute("formaction") || /^lang:/.test(button.value)))) return;
    event.preventDefault();
    var body = new URLSearchParams(new FormData(from)), text = box.value.trim();
    if (button && button.name) { body.set(button.name, button.value); text = button.textContent.trim(); }
    if (!text || (from === choices && !(button && button.name))) return;
    body.set("so", nonce());
    if (from === form) box.value = "";
    send(body, text, from === choices ? button.value : "");
  });
  box.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.querySelector("button").click();
  });
  window.addEventListener("beforeunload", function (event) { if (queue.length) { event.preventDefault(); event.returnValue = ""; } });

  // --- what comes ---

  var stream = null, streamWait = STREAM_FIRST, streamAgain = 0, dead = 0, polling = 0, pollAgain = 0, resting = 0;

  function came(html) {
    if (!html) return;
    var atEnd = within(form), added = show(html);
    if (added.length && !sending && atEnd) added[0].scrollIntoView({ block: "nearest" });
  }
  function close() {
    clearTimeout(dead);
    if (stream) stream.close();
    stream = null;
  }
  function alive() {
    clearTimeout(dead);
    dead = setTimeout(function () { close(); listen(); }, QUIET);
  }
  function listen() {
    clearTimeout(streamAgain);
    if (polling || !window.EventSource) { if (newest()) { polling = polling || POLL_FIRST; poll(); } return; }
    if (stream || document.hidden || !newest()) return;
    stream = new EventSource(base + "/dong?lang=" + lang + "&trang=" + tab + "&sau=" + newest());
    alive();
    stream.onopen = function () {
      streamWait = STREAM_FIRST;
      alive();
      if (lost && queue.length) { wait = FIRST; go(); }
    };
    stream.onmessage = function (event) { alive(); came(event.data); };
    stream.addEventListener("nhip", alive);
    stream.addEventListener("xoa", deleted);
    stream.addEventListener("lai", anew);
    stream.onerror = function () {
      var refused = stream.readyState === 2;
      close();
      if (refused && field("ma")) { polling = FIRST; poll(); return; }
      if (refused) look(); // no place is free for a stream: each time what is new is asked for
      streamAgain = setTimeout(listen, chance(streamWait));
      streamWait = longer(streamWait);
    };
  }

  // What is new, once.
  function look() {
    var body = new URLSearchParams(new FormData(choices));
    body.set("sau", newest());
    return fetch(base + "/moi", { method: "POST", body: body, headers: { "x-loaban": "1" } }).then(heard).then(function (answer) {
      if (answer.status === 205) return deleted();
      if (polling && field("ma") && answer.ok) { forgetful = state.dataset.cookies; if (!lost) tell(""); }
      return answer.ok ? answer.text() : "";
    }).then(came).catch(function () {});
  }

  // What is shown here is no more, as after a backup was restored.
  function anew() {
    close();
    log.textContent = "";
    [form, choices].forEach(function (one) { one.elements.sau.value = 0; });
    look().then(listen);
  }

  // Where the browser keeps nothing, a stream cannot say whose it is: the form can.
  function poll() {
    clearTimeout(pollAgain);
    if (document.hidden) return;
    pollAgain = setTimeout(function () {
      look().then(function () { if (polling) poll(); else listen(); });
      polling = Math.min(LONGEST, Math.max(polling, POLL_FIRST) * 1.5);
    }, chance(polling));
  }

  function back() {
    wait = FIRST;
    streamWait = STREAM_FIRST;
    if (polling) polling = POLL_FIRST;
    go();
    listen();
  }
  window.addEventListener("online", back);
  window.addEventListener("pageshow", function (event) { if (event.persisted) back(); });
  document.addEventListener("visibilitychange", function () {
    clearTimeout(resting);
    if (document.hidden) resting = setTimeout(close, REST); else back();
  });
  // Who comes back sees what is new; where they load the page anew, the browser knows the place.
  var arrival = window.performance && performance.getEntriesByType && performance.getEntriesByType("navigation")[0];
  if (newest() && !location.hash && arrival && arrival.type === "navigate") document.getElementById("cuoi").scrollIntoView();
  listen();
})();
