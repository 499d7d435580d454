/* What a page of the book does by itself. A classic script, which runs from the disk as well. */
(() => {
  /* From the disk a page may not read its neighbours: the search then finds without quoting. */
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false

  /* The theme names some things by another word than the one that is to be read on them. */
  for (const named of document.querySelectorAll(".search-button-field[aria-label], summary[aria-label]"))
    named.removeAttribute("aria-label")

  /* Wide formulas scroll by keyboard as well, as the theme has it for code and tables. */
  const reach = () => {
    for (const formula of document.querySelectorAll(".katex-display"))
      formula.tabIndex = formula.scrollWidth > formula.clientWidth ? 0 : -1
  }
  addEventListener("load", reach)
  addEventListener("resize", reach)

  /* The pictures of a slider are a script of their own, fetched when the slider is nearly in sight. */
  const near = new IntersectionObserver(entries => {
    for (const {isIntersecting, target} of entries) {
      if (!isIntersecting) continue
      near.unobserve(target)
      const script = document.createElement("script")
      script.src = target.querySelector(".toydiff-frames").dataset.from
      target.append(script)
    }
  }, {rootMargin: "600px"})
  const boxes = [...document.querySelectorAll(".toydiff-frames")].map(place => place.parentElement)
  for (const box of boxes) near.observe(box)

  /* Panels side by side become panels one below the other where the page is narrow. */
  const narrow = matchMedia("screen and (max-width: 600px)")
  const stack = () => {
    for (const image of document.querySelectorAll("img[data-cuts]")) {
      const cuts = image.dataset.cuts.split(" ").filter(Boolean).map(Number)
      if (!cuts.length || !narrow.matches || image.closest(".panels")) continue
      const panels = document.createElement("span"), edges = [0, ...cuts, 1]
      panels.className = "panels"
      for (let i = 0; i <= cuts.length; i++) {
        const panel = document.createElement("span"), copy = image.cloneNode()
        copy.style.setProperty("--from", edges[i])
        copy.style.setProperty("--share", edges[i + 1] - edges[i])
        if (i) copy.alt = ""
        panel.append(copy)
        panels.append(panel)
      }
      image.replaceWith(panels)
    }
    if (narrow.matches) return
    for (const panels of document.querySelectorAll(".panels")) panels.replaceWith(panels.querySelector("img"))
  }
  stack()
  narrow.addEventListener("change", stack)

  /* On paper it is light and every fold is open; afterwards all is as it was. */
  const {dataset} = document.documentElement
  let opened = [], theme = null
  addEventListener("beforeprint", () => {
    theme = dataset.theme
    dataset.theme = "light"
    opened = [...document.querySelectorAll("details:not([open])")]
    for (const fold of opened) fold.open = true
  })
  addEventListener("afterprint", () => {
    dataset.theme = theme
    for (const fold of opened) fold.open = false
  })
})()
