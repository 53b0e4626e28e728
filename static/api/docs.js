// The page is dark where the reader asks for it, as all others are: Swagger UI wants a class for that.
(() => {
  const page = document.documentElement;
  const device = matchMedia("(prefers-color-scheme: dark)");
  const draw = () => {
    const chosen = page.dataset.theme;
    page.classList.toggle("dark-mode", chosen ? chosen === "dark" : device.matches);
  };
  device.addEventListener("change", draw);
  draw();
})();
