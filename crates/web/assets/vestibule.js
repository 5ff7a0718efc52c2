// Copying, and numbers that change while a page is looked at: every page works without this file.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

// Printing, and the key "/", which goes to the search field.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
document.addEventListener("keydown", (event) => {
  const field = document.querySelector("[data-search]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select") || !field?.checkVisibility()) return;
  event.preventDefault();
  field.focus();
});

// A form that only carries something on to another site is sent at once.
document.querySelector("form[data-submit]")?.requestSubmit();

// The Okta page asks how it stands: every second while a sync is under way, else every ten; never from a hidden tab, and for five
// minutes only, so that a page left open does not keep a session from being idle.
const live = document.querySelector("[data-state]");
let left = 30;
async function look() {
  let wait = 10000;
  if (!document.hidden) {
    try {
      const answer = await fetch(live.dataset.state, { headers: { accept: "application/json" }, redirect: "error" });
      if (!answer.ok) return;
      const told = await answer.json();
      for (const place of document.querySelectorAll("[data-live]")) {
        const text = String(told[place.dataset.live]);
        if (place.textContent !== text) place.textContent = text;
      }
      if (told.syncing) [wait, left] = [1000, 30];
    } catch {
      wait = 30000;
    }
  }
  if (--left > 0) setTimeout(look, wait);
}
if (live) setTimeout(look, "syncing" in live.dataset ? 500 : 10000);

// A step of the set-up waits for the provider: every two seconds, for 15 minutes, its parts are fetched and those that changed are replaced.
// The sentence with role=status stands for one state, so it is announced once.
const waiting = document.querySelector("[data-listen]");
let asks = 450;
async function listen() {
  try {
    if (!document.hidden) {
      const answer = await fetch(waiting.dataset.listen, { redirect: "error" });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of answer.ok ? document.querySelectorAll("[data-part]") : []) {
        const now = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
        if (now && now.innerHTML !== part.innerHTML) part.innerHTML = now.innerHTML;
      }
      if (answer.ok && !fresh.querySelector("[data-listen]")) return;
    }
  } catch { /* Signed out, or no network: asks again. */ }
  if (--asks > 0) setTimeout(listen, 2000);
}
if (waiting) setTimeout(listen, 2000);
