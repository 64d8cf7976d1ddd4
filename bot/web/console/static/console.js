// Puts what has changed in its place while a page is open. Without it everything works by forms and by loading anew.
(function () {
  "use strict";
  // Milliseconds. A line that says nothing for QUIET is dead; between two looks there is REST, for many look at the same time.
  var FIRST = 2000, LONGEST = 30000, QUIET = 60000, REST = 1500, APART = 400, OFTEN = 4000;

  var wrong = document.getElementById("loi");
  if (wrong) wrong.focus();

  // What is being written, as it would be sent: a moment after the last change, as by the button "Xem trước".
  var writing = document.querySelector("form[data-looks]"), later = 0, looks = 0;

  function look() {
    var mine = ++looks;
    fetch(writing.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(writing)), credentials: "same-origin" })
      .then(function (answer) { return answer.ok ? answer.text() : ""; })
      .then(function (html) {
        if (!html || mine !== looks) return;
        var page = new DOMParser().parseFromString(html, "text/html");
        document.querySelectorAll("[data-preview]").forEach(function (part) {
          var fresh = page.getElementById(part.id);
          if (!fresh || fresh.outerHTML === part.outerHTML) return;
          part.className = fresh.className;
          part.replaceChildren.apply(part, Array.prototype.slice.call(fresh.childNodes));
        });
      })
      .catch(function () {});
  }

  function folded(text) {
    return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/g, "d").trim();
  }

  // Of a long list only what has these letters in its name.
  function narrow(box) {
    var wanted = folded(box.value);
    document.querySelectorAll("details.group").forEach(function (group) {
      var found = 0;
      group.querySelectorAll("li").forEach(function (one) {
        one.hidden = wanted !== "" && (one.dataset.name === undefined || folded(one.textContent).indexOf(wanted) < 0);
        found += one.hidden ? 0 : 1;
      });
      group.hidden = !found;
      if (wanted && found) group.open = true;
    });
  }

  if (writing && window.fetch && window.DOMParser) {
    var filter = document.getElementById("loc");
    if (filter) {
      filter.hidden = false;
      filter.querySelector("input").addEventListener("input", function (event) { event.stopPropagation(); narrow(event.target); });
    }
    writing.addEventListener("input", function () { clearTimeout(later); later = setTimeout(look, 700); });
    writing.addEventListener("submit", function () { clearTimeout(later); looks++; });
  }

  var state = document.getElementById("state"), live = document.querySelectorAll("[data-live]");
  if (!live.length || !window.EventSource || !window.fetch || !window.DOMParser) return;

  var wait = FIRST, source = null, watch = 0, since = null, busy = false, again = false;

  function concerns(part, subjects) {
    return !subjects || part.dataset.live.split(" ").some(function (one) { return subjects.indexOf(one) >= 0; });
  }

  // Fetches this very page, as whoever is in, and takes over the parts that are alive. What somebody writes is in none of them.
  function fetchAnew(subjects) {
    var parts = Array.prototype.filter.call(document.querySelectorAll("[data-live]"), function (one) { return concerns(one, subjects); });
    if (!parts.length) return;
    if (busy || document.hidden) { again = true; return; }
    busy = true;
    fetch(document.getElementById("noi-dung").dataset.here || location.href, { headers: { "x-loaban": "1" }, credentials: "same-origin" })
      .then(function (answer) {
        if (answer.status === 403) { location.reload(); return null; }
        return answer.ok ? answer.text() : null;
      })
      .then(function (html) {
        if (!html) return;
        var page = new DOMParser().parseFromString(html, "text/html");
        parts.forEach(function (part) {
          var fresh = page.getElementById(part.id);
          if (!fresh || fresh.innerHTML === part.innerHTML || part.contains(document.activeElement)) return;
          var box = document.getElementById(part.dataset.unless);
          if (box && box.value) return; // what came while somebody was writing is asked about before that is sent
          part.dataset.live = fresh.dataset.live;
          if (part.getAttribute("role") === "log") append(part.firstElementChild, fresh.firstElementChild);
          else part.replaceChildren.apply(part, Array.prototype.slice.call(fresh.childNodes));
        });
      })
      .catch(function () {})
      .then(function () { setTimeout(rested, REST); });
  }

  function rested() {
    busy = false;
    if (again && !document.hidden) { again = false; fetchAnew(null); }
  }

  // Only what is new, so that it alone is read out.
  function append(list, fresh) {
    Array.prototype.slice.call(fresh.children, list.children.length).forEach(function (item) { list.appendChild(item); });
  }

  function lost() {
    if (source) source.close();
    source = null;
    clearTimeout(watch);
    since = since || new Date();
    state.textContent = state.dataset.lost.replace("{time}", since.toLocaleTimeString(document.documentElement.lang, { hour: "numeric", minute: "2-digit" }));
    state.hidden = false;
    setTimeout(connect, wait * (0.3 + 0.7 * Math.random()));
    wait = Math.min(LONGEST, wait * 2);
  }

  function alive() {
    clearTimeout(watch);
    watch = setTimeout(lost, QUIET);
  }

  function connect() {
    if (source) return;
    source = new EventSource("/dong");
    source.onopen = function () {
      wait = FIRST;
      since = null;
      state.hidden = true;
      alive();
      fetchAnew(null); // what came while there was no line
    };
    source.addEventListener("doi", function (event) {
      alive();
      setTimeout(fetchAnew, Math.random() * APART, event.data.split(" "));
    });
    source.addEventListener("nhip", alive);
    source.onerror = lost;
  }

  document.addEventListener("visibilitychange", function () { if (!busy) rested(); });
  window.addEventListener("pagehide", function () { if (source) source.close(); });
  window.addEventListener("pageshow", function (event) { if (event.persisted) location.reload(); });
  setInterval(function () { if (!document.hidden) fetchAnew(["often"]); }, OFTEN);
  connect();
})();
