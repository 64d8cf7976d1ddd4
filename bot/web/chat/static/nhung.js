// <a class="loaban" href="https://…/">Hỏi Loa Bản</a> <script src="https://…/nhung.js" defer></script>
// On wide screens the link opens a panel, on phones a tab of its own. Nothing is loaded or kept before.
(function () {
  "use strict";
  var home = new URL(document.currentScript.src).origin, green = "#0b5c3b", bold = "bold 18px system-ui";
  function made(name, style) {
    var element = typeof name === "string" ? document.createElement(name) : name;
    element.style.cssText = style;
    return element;
  }
  document.querySelectorAll("a.loaban").forEach(function (link) {
    var address = new URL(link.href), panel;
    if (address.origin !== home) return;
    link.target = "_blank";
    link.rel = "noopener";
    link.setAttribute("role", "button");
    made(link, "display:inline-block;padding:12px 16px;border-radius:12px;text-decoration:none;color:#fff;background:" + green + ";font:" + bold);
    function shut() { panel.style.display = "none"; link.focus(); }
    link.onkeydown = function (event) { if (event.key === " ") { event.preventDefault(); link.click(); } };
    link.onclick = function (event) {
      if (innerWidth < 700 || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (!panel) {
        panel = made("section", "position:fixed;right:16px;bottom:16px;width:400px;height:640px;max-height:90vh;z-index:9999;flex-direction:column;background:#fff;border:2px solid " + green + ";border-radius:12px;overflow:hidden");
        panel.setAttribute("aria-label", "Loa Bản");
        var close = panel.appendChild(made("button", "align-self:end;min-height:44px;padding:0 16px;border:0;background:none;cursor:pointer;color:" + green + ";font:" + bold));
        var frame = panel.appendChild(made("iframe", "flex:1;border:0"));
        close.textContent = (document.documentElement.lang === "en" ? "Close" : "Đóng") + " ✕";
        close.onclick = shut;
        frame.title = "Loa Bản";
        frame.src = home + "/nhung/" + address.search;
        panel.onkeydown = function (event) { if (event.key === "Escape") shut(); };
        document.body.appendChild(panel);
      }
      panel.style.display = "flex";
      panel.firstChild.focus();
    };
  });
})();
