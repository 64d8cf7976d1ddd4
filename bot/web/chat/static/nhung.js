// For sites of communes: <a class="loaban" href="https://…/">Hỏi Loa Bản</a><script src="https://…/nhung.js" defer></script>
// On wide screens the link opens the chat in a panel, on phones in a tab of its own. Nothing is loaded or kept before that.
(function () {
  "use strict";
  var me = document.currentScript, home = me && new URL(me.src).origin, WIDE = 700;
  if (!home) return;
  function styled(element, style) {
    for (var name in style) element.style[name] = style[name];
    return element;
  }
  function ready(link) {
    var address = new URL(link.href), panel = null;
    if (address.origin !== home) return;
    link.target = "_blank";
    link.rel = "noopener";
    styled(link, { display: "inline-block", minHeight: "44px", boxSizing: "border-box", padding: "10px 16px", borderRadius: "12px", background: "#0b5c3b", color: "#fff", font: "bold 18px/1.3 system-ui, sans-serif", textDecoration: "none" });
    function shut() { panel.hidden = true; panel.style.display = "none"; link.focus(); }
    function open() {
      if (!panel) {
        panel = styled(document.createElement("section"), { position: "fixed", right: "16px", bottom: "16px", width: "400px", maxWidth: "90vw", height: "640px", maxHeight: "90vh", zIndex: 9999, flexDirection: "column", background: "#fff", border: "2px solid #0b5c3b", borderRadius: "12px", overflow: "hidden" });
        panel.setAttribute("aria-label", "Loa Bản");
        var close = styled(document.createElement("button"), { alignSelf: "flex-end", minHeight: "44px", padding: "0 16px", border: 0, background: "none", color: "#0b5c3b", font: "bold 16px system-ui, sans-serif", cursor: "pointer" });
        var frame = styled(document.createElement("iframe"), { flex: "1", width: "100%", border: 0 });
        close.type = "button";
        close.textContent = link.getAttribute("data-close") || "Đóng ✕";
        close.onclick = shut;
        frame.title = "Loa Bản";
        frame.src = home + "/nhung/" + address.search;
        panel.appendChild(close);
        panel.appendChild(frame);
        panel.addEventListener("keydown", function (event) { if (event.key === "Escape") shut(); });
        document.body.appendChild(panel);
      }
      panel.hidden = false;
      panel.style.display = "flex";
      panel.firstChild.focus();
    }
    link.addEventListener("click", function (event) {
      if (window.innerWidth < WIDE || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open();
    });
  }
  Array.prototype.forEach.call(document.querySelectorAll("a.loaban"), ready);
})();
