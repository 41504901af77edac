// Sets theme and language before anything is painted. A classic script, since modules run only after parsing.
(function () {
  const read = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // storage may be forbidden
    }
  };
  const root = document.documentElement;
  const theme = read("youju.theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const known = read("youju.language");
  const wanted = navigator.languages || [navigator.language];
  const fitting = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === "zh" || tag === "en");
  root.lang = (known === "zh" || known === "en" ? known : fitting || "en") === "zh" ? "zh-CN" : "en";
})();
