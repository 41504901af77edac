// Sets theme and language before anything is painted, and asks for the words. A classic script, since modules run only after parsing.
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
  const language = known === "zh" || known === "en" ? known : fitting || "en";
  root.lang = language === "zh" ? "zh-CN" : "en";
  for (const name of language === "zh" ? ["zh", "zh_told"] : ["en"]) {
    const link = document.createElement("link"); // so that the words come with the modules and not behind them
    link.rel = "modulepreload";
    link.href = `ui/js/strings/${name}.js`;
    document.head.append(link);
  }
})();
