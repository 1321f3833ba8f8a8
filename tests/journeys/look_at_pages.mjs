// Looks at HTML files as a person would: Debian's Chromium opens each of them light, dark and on a phone. Prints one JSON
// document with what is visible, what reaches out of the file, what does not fit, and what axe and html-validate find.
// Usage: node look_at_pages.mjs MODULES SCREENSHOTS FILE...
import { createRequire } from "node:module";
import { readFileSync, mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, screenshots, ...files] = process.argv.slice(2);
const require = createRequire(resolve(modules, "x.js"));
const { chromium } = require("playwright-core");
const { HtmlValidate } = require("html-validate");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const LOOKS = {
  light: { viewport: { width: 1100, height: 900 }, colorScheme: "light" },
  wide: { viewport: { width: 1440, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 1100, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: "light", deviceScaleFactor: 2 },
  phoneDark: { viewport: { width: 360, height: 740 }, colorScheme: "dark" },
};
// Long lines are how minified templates look; the page's own style and script rules are the policy in its head.
const validator = new HtmlValidate({
  extends: ["html-validate:standard"],
  rules: { "no-trailing-whitespace": "off", "long-title": "off", "no-inline-style": "off" },
});

mkdirSync(screenshots, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
const seen = {};
for (const file of files) {
  const text = readFileSync(file, "utf8");
  const told = { looks: {} };
  if (text.length < 2_000_000) {
    const report = await validator.validateString(text);
    told.invalid = report.results.flatMap((r) => r.messages).map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`);
  }
  for (const [name, options] of Object.entries(LOOKS)) {
    // Scripts are off: the page must do without. Axe runs in its own world all the same.
    const context = await browser.newContext({ ...options, bypassCSP: true });
    const page = await context.newPage();
    const asked = [], errors = [];
    page.on("request", (request) => { if (!request.url().startsWith("file:")) asked.push(request.url()); });
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("dialog", (dialog) => { errors.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
    await page.goto(pathToFileURL(resolve(file)).href);
    const look = await page.evaluate(() => ({
      title: document.title,
      heading: document.querySelector("h1")?.innerText,
      sections: [...document.querySelectorAll("h2")].filter((h) => h.checkVisibility()).map((h) => h.innerText),
      text: document.body.innerText,
      wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      // Prose that is cut off where only code should have to be scrolled.
      cut: [...document.querySelectorAll(".scroll p, .scroll .state, .scroll bdi, .scroll dd")]
        .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > e.closest(".scroll").getBoundingClientRect().right)
        .map((e) => e.innerText.slice(0, 80)),
      scripts: document.scripts.length,
      foreign: document.querySelectorAll("script, iframe, object, embed, img, link, base, form, [onerror], [onload]").length,
      first: (() => { const box = document.querySelector("h1").getBoundingClientRect(); return Math.round(box.bottom); })(),
    }));
    await page.screenshot({ path: join(screenshots, `${basename(file, ".html")}-${name}.png`), fullPage: text.length < 500_000 });
    await page.evaluate(axe);
    const found = await page.evaluate(async () =>
      (await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })).violations
        .map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join("; ")}`));
    // By keyboard: the first stop leads to the answer, and every stop can be seen.
    const stops = [];
    for (let i = 0; i < 8; i++) {
      await page.keyboard.press("Tab");
      stops.push(await page.evaluate(() => {
        const at = document.activeElement, style = getComputedStyle(at);
        return { text: at.innerText?.slice(0, 40), outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 };
      }));
    }
    told.looks[name] = { ...look, asked, errors, violations: found, stops };
    await context.close();
  }
  seen[basename(file)] = told;
}
await browser.close();
process.stdout.write(JSON.stringify(seen));
