// Every page in light and in dark, on a desk and on a phone: opened, judged by axe, and its picture kept.

const { run, fresh, signedIn, look, WIDE, NARROW } = require("./browser.cjs");

const LOOKS = [
  { name: "light", options: { viewport: WIDE, colorScheme: "light" } },
  { name: "dark", options: { viewport: WIDE, colorScheme: "dark" } },
  { name: "phone", options: { viewport: NARROW, colorScheme: "light" } },
  { name: "phone-dark", options: { viewport: NARROW, colorScheme: "dark" } },
];

function pages({ agent, branch, conversation }) {
  return [
    ["home", "/", "Home"],
    ["agents", "/agents", "Agents"],
    ["new-agent", "/agents?make=true", "New agent"],
    ["agent", `/agents/${agent}`, "Prompt"],
    ["agent-voice", `/agents/${agent}?tab=voice`, "How it speaks"],
    ["agent-turns", `/agents/${agent}?tab=turns`, "Eagerness"],
    ["agent-security", `/agents/${agent}?tab=security`, "Who may call"],
    ["agent-widget", `/agents/${agent}?tab=widget`, "Preview of the draft"],
    ["agent-advanced", `/agents/${agent}?tab=advanced`, "The whole document"],
    ["agent-versions", `/agents/${agent}?tab=versions`, "What changed"],
    ["agent-branch", `/agents/${agent}?tab=versions&branch=${branch}`, "Who gets the calls"],
    ["agent-try", `/agents/${agent}?try=true`, "without publishing it"],
    ["conversations", "/conversations", "conversations"],
    ["conversations-none", "/conversations?search=nobody+ever+said+this", "No conversation is like that"],
    ["kept", "/conversations/kept", "in the words that were said"],
    ["conversation", `/conversations/${conversation}`, "Caller"],
    ["timeline", `/conversations/${conversation}?view=timeline`, "The line is open."],
    ["details", `/conversations/${conversation}?view=details`, "Variables"],
    ["keys", "/settings/keys", "New key"],
    ["members", "/settings/members", "Invite somebody"],
    ["secrets", "/settings/secrets", "New secret"],
    ["environments", "/settings/environments", "New variable"],
    ["account", "/settings/account", "Your password"],
    ["machines", "/settings/machines", "New service account"],
    ["providers", "/settings/providers", "Add a provider"],
    ["models", "/settings/models", "Judge of turns"],
    ["limits", "/settings/limits", "The largest request"],
    ["about", "/settings/about", "Database"],
    ["nothing", "/nothing/here", "There is no such page"],
  ];
}

/** In the page: whether the tab that is shown can be seen in its row, which scrolls where it is wider than the page. */
function seesWhereItIs() {
  const here = document.querySelector(".tabs [aria-current=page], .sections [aria-current=page]");
  if (!here) return true;
  const { left, right } = here.getBoundingClientRect();
  return left >= 0 && right <= window.innerWidth + 1;
}

async function walk(browser, given, { name, options }) {
  const sidewise = [];
  const door = await fresh(browser, options);
  await door.goto(given.address);
  await door.getByRole("heading", { name: "Sign in" }).waitFor();
  await look(door, `door-${name}`);
  await door.context().close();

  const page = await signedIn(browser, options);
  for (const [title, address, words] of pages(given)) {
    await page.goto(given.address + address);
    await page.getByText(words).filter({ visible: true }).first().waitFor();
    await look(page, `${title}-${name}`);
    const overhang = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (overhang > 0) sidewise.push(`${title}-${name}: ${overhang} px`);
    if (!(await page.evaluate(seesWhereItIs))) sidewise.push(`${title}-${name}: the tab that is shown is out of sight`);
  }
  await page.context().close();
  return sidewise;
}

run(async (browser, given) => {
  const found = await Promise.all(LOOKS.filter((one) => given.looks.includes(one.name)).map((one) => walk(browser, given, one)));
  return { sidewise: found.flat() };
}).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
