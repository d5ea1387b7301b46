// The walk through the step: arrow keys go from number to number, a prediction may come before each, a lecture shows
// one at a time. Everything is on the page without this script; it only moves the reader.
"use strict";
(() => {
  const root = document.documentElement;
  const stops = [...document.querySelectorAll(".stop")];
  const bar = document.querySelector(".bar-of-tools");
  const where = document.querySelector(".where");
  const said = document.getElementById("said");
  let place = -1;

  const say = (text) => { said.textContent = text; };

  const go = (next) => {
    place = Math.min(Math.max(next, 0), stops.length - 1);
    const stop = stops[place];
    for (let fold = stop.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    document.querySelector(".current")?.classList.remove("current");
    stop.classList.add("current");
    stop.focus({ preventScroll: true });
    stop.scrollIntoView({ block: root.classList.contains("lecture") ? "start" : "nearest" });
    where.textContent = `${place + 1} of ${stops.length}`;
    say(`${place + 1} of ${stops.length}: ${stop.dataset.said}`);
  };

  const near = (given, exact) => {
    const text = given.trim().replace(",", ".").replace("−", "-");
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return "";
    const decimals = (text.split(/e/i)[0].split(".")[1] || "").length;
    const unit = 10 ** (Number(text.split(/e/i)[1] || 0) - decimals);
    const gap = Math.abs(Number(text) - exact);
    if (gap <= unit * 1.000001) return `Your ${given.trim()} is right to the digits you wrote.`;
    return `Your ${given.trim()} is ${gap.toPrecision(2)} away.`;
  };

  const reveal = (stop) => {
    if (!root.classList.contains("predict") || stop.classList.contains("revealed")) return;
    stop.classList.add("revealed");
    const input = stop.querySelector(".guess input");
    const verdict = stop.querySelector(".verdict");
    if (input && verdict && input.value) verdict.textContent = near(input.value, Number(input.dataset.exact));
    stop.focus({ preventScroll: true });
    const answer = stop.querySelector(".answer,.single");
    say([answer ? answer.textContent : "Revealed.", verdict ? verdict.textContent : ""].join(" "));
  };

  const press = (button, name) => {
    const on = root.classList.toggle(name);
    button.setAttribute("aria-pressed", on);
    if (name === "predict") for (const stop of stops) stop.classList.remove("revealed");
    if (name === "lecture" && on) go(Math.max(place, 0));
    else if (place >= 0) go(place);
  };

  const actions = {
    back: () => go(place - 1),
    on: () => go(place + 1),
    predict: (button) => press(button, "predict"),
    lecture: (button) => press(button, "lecture"),
    dark: (button) => {
      const dark = root.classList.contains("dark") ||
        (!root.classList.contains("light") && matchMedia("(prefers-color-scheme: dark)").matches);
      root.classList.toggle("dark", !dark);
      root.classList.toggle("light", dark);
      button.setAttribute("aria-pressed", !dark);
    },
  };

  bar.hidden = false;
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) actions[button.dataset.does](button);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".guess button");
    if (button) reveal(button.closest(".stop"));
  });
  document.addEventListener("focusin", (event) => {
    const stop = event.target.closest?.(".stop");
    if (stop) place = stops.indexOf(stop);
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const typing = event.target.matches("input,textarea,select");
    if (event.key === "Enter" && (event.target.matches(".guess input") || event.target.matches(".stop"))) {
      reveal(event.target.closest(".stop"));
      return;
    }
    if (typing || event.target.matches(".scroll,.formula,.opened")) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step && (place >= 0 || event.key === "ArrowRight")) { event.preventDefault(); go(place + step); }
    if (event.key === "Home" && place >= 0) { event.preventDefault(); go(0); }
    if (event.key === "End" && place >= 0) { event.preventDefault(); go(stops.length - 1); }
  });
})();
