// For the site of a commune: <a class="loaban" href="https://...">Hỏi Loa Bản</a> opens the chat in a panel on wide screens.
// Without this, and on phones, it stays a link. Nothing is loaded before somebody taps it, and no cookie is set here.
(function () {
  "use strict";
  var WIDE = 700, links = document.querySelectorAll("a.loaban");
  Array.prototype.forEach.call(links, function (link) {
    var panel = null;
    link.setAttribute("role", "button");
    link.setAttribute("aria-expanded", "false");

    function styled(element, style) { for (var name in style) element.style[name] = style[name]; return element; }
    function close() {
      panel.hidden = true;
      link.setAttribute("aria-expanded", "false");
      link.focus();
    }
    function build() {
      var address = new URL(link.href), frame = document.createElement("iframe"), button = document.createElement("button");
      panel = styled(document.createElement("div"), {
        position: "fixed", right: "16px", bottom: "16px", width: "400px", height: "min(640px, calc(100vh - 32px))",
        zIndex: 2147483000, background: "Canvas", border: "1px solid", borderRadius: "8px", overflow: "hidden"
      });
      panel.setAttribute("role", "dialog");
      panel.setAttribute("aria-label", link.textContent);
      button.type = "button";
      button.textContent = "✕ " + (document.documentElement.lang === "en" ? "Close" : "Đóng");
      styled(button, { display: "block", width: "100%", minHeight: "44px", font: "inherit" }).addEventListener("click", close);
      frame.title = link.textContent;
      frame.src = address.origin + "/nhung" + address.search;
      styled(frame, { border: 0, width: "100%", height: "calc(100% - 44px)", display: "block" });
      panel.appendChild(button);
      panel.appendChild(frame);
      panel.addEventListener("keydown", function (event) { if (event.key === "Escape") close(); });
      document.body.appendChild(panel);
    }

    link.addEventListener("keydown", function (event) { if (event.key === " ") { event.preventDefault(); link.click(); } });
    link.addEventListener("click", function (event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (window.innerWidth < WIDE) { link.target = "_blank"; link.rel = "noopener"; return; }
      event.preventDefault();
      if (panel && !panel.hidden) { close(); return; }
      if (panel) panel.hidden = false; else build();
      link.setAttribute("aria-expanded", "true");
      panel.querySelector("button").focus();
    });
  });
})();
