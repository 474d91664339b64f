// Darkens the page before anything is shown, if whoever looks wishes so. It is a file of its own, and not a module, so that
// it runs first; src/app/theme.ts goes on from here.
(() => {
  const chosen = localStorage.getItem("carillon.theme");
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
  document.body.classList.toggle("awsui-dark-mode", dark);
})();
