"""What must hold of every page, whoever looks at it: each function returns the faults it found, in words."""

import re
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

HTML_AT_MOST = 150 * 1024
REQUESTS_AT_MOST = 15
SERIOUS = {"serious", "critical"}
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
# three English words in a row, on a Chinese page
ENGLISH = re.compile(r"[A-Za-z][a-z'’]+(?:[ ,.;:]+[A-Za-z][a-z'’]+){2,}")
# what the sample's Indonesian room sells, what its ad account is called, a command: names, whatever the page's language
NAMES = re.compile(r"Contoh [A-Z][a-z]+(?: [a-z]+)*|Qinghe Living Ads|kaibo audit verify")
# what people read and hear: text, and the attributes that are shown or spoken
WORDS = """() => {
  const said = [document.title, document.body.innerText];
  for (const name of ['title', 'aria-label', 'placeholder', 'alt'])
    for (const e of document.querySelectorAll(`[${name}]`)) said.push(e.getAttribute(name));
  return said.join('\\n');
}"""
# the first things that stand out of the window to the right
WIDE = """() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide <= 0) return '';
  const out = [...document.querySelectorAll('body *')].filter((e) => {
    if (e.getBoundingClientRect().right <= innerWidth + 1) return false;
    for (let p = e.parentElement; p; p = p.parentElement) if (getComputedStyle(p).overflowX !== 'visible') return false;
    return true;
  });
  return `scrolls sideways by ${wide}px: ` + out.slice(0, 3).map((e) => `${e.tagName}.${e.className}`).join(', ');
}"""


def read_faults(page: Page, html: bytes, language: str) -> list[str]:
    """Size, requests, headings, language: what does not change with the window."""
    found = []
    if len(html) > HTML_AT_MOST:
        found.append(f"{len(html) // 1024} KB of HTML")
    requests = 1 + page.evaluate("performance.getEntriesByType('resource').length")
    if requests > REQUESTS_AT_MOST:
        found.append(f"{requests} requests")
    if (headings := page.locator("h1").count()) != 1:
        found.append(f"{headings} h1")
    lang = page.evaluate("document.documentElement.lang")
    if lang != ("en" if language == "en" else "zh-Hans"):
        found.append(f"lang is {lang}")
    if language != "en":
        said = NAMES.sub("", page.evaluate(WORDS))
        found += [f"English: {match}" for match in sorted(set(ENGLISH.findall(said)))]
    return found


def width_faults(page: Page, width: int) -> list[str]:
    """Nothing makes the whole page scroll sideways in a window that wide."""
    page.set_viewport_size({"width": width, "height": 900 if width > 500 else 844})
    wide = page.evaluate(WIDE)
    return [f"at {width}: {wide}"] if wide else []


def axe_faults(page: Page, what: str, *, rules: tuple[str, ...] = ()) -> list[str]:
    """Serious and critical faults that axe finds (only those of `rules`, if given), with their first elements."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    seen = page.evaluate("(options) => axe.run(document, options).then((r) => r.violations)", options)
    found = []
    for fault in seen:
        places = [str(node["target"][0]) for node in fault["nodes"]]
        if fault["impact"] in SERIOUS and places:
            found.append(f"{what}: {fault['id']} ({fault['impact']}) at " + "; ".join(places[:4]))
    return found
