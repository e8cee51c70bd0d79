// Comfort only: every page works without it.
(function () {
  "use strict";
  // A filter that is ticked is applied at once.
  document.querySelectorAll("form[data-auto] input[type=checkbox], form[data-auto] select").forEach(function (input) {
    input.addEventListener("change", function () { input.form.submit(); });
  });
  // Completion of the word at the cursor, from what this employer's applicants can prove.
  var box = document.querySelector("input[data-suggest]");
  var list = document.getElementById("suggestions");
  if (!box || !list) { return; }
  var timer = 0;
  box.addEventListener("input", function () {
    clearTimeout(timer);
    timer = setTimeout(function () {
      var cut = Math.max(box.value.lastIndexOf(" AND "), box.value.lastIndexOf(" OR "), box.value.lastIndexOf(" NOT "), box.value.lastIndexOf("("));
      var head = cut < 0 ? "" : box.value.slice(0, box.value.indexOf(" ", cut + 1) + 1);
      if (cut >= 0 && box.value.charAt(cut) === "(") { head = box.value.slice(0, cut + 1); }
      var word = box.value.slice(head.length).trim();
      if (word.length < 2) { list.replaceChildren(); return; }
      var url = new URL("/v1/suggest", location.href);
      url.searchParams.set("prefix", word);
      var tenant = new URLSearchParams(location.search).get("tenant");
      if (tenant) { url.searchParams.set("tenant", tenant); }
      fetch(url).then(function (r) { return r.ok ? r.json() : { suggestions: [] }; }).then(function (body) {
        list.replaceChildren();
        (body.suggestions || []).forEach(function (s) {
          var option = document.createElement("option");
          option.value = head + (s.label.indexOf(" ") < 0 ? s.label : '"' + s.label + '"');
          list.appendChild(option);
        });
      }).catch(function () {});
    }, 150);
  });
})();
