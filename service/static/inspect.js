import { startOperating } from "./operating.js";

const TIMEOUT_MS = 10_000;
const form = document.querySelector("#inspect");
const said = document.querySelector("#said");
const away = document.querySelector("#away");
let isBusy = false;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isBusy) return;
  setBusy(true);
  const answer = await ask(form.action, readForm(event.submitter));
  setBusy(false);
  away.hidden = answer !== null;
  if (answer) show(answer);
  else tell(away.textContent);
});
startOperating(document.querySelector("#operating"));

/** What is sent; the button of another policy has a say, too. */
function readForm(submitter) {
  const fields = new URLSearchParams(new FormData(form));
  if (submitter?.name) fields.set(submitter.name, submitter.value);
  return fields;
}

/**
 * The result on the page that answers, or null where there is none.
 *
 * Not fetch: it gives a text, and to make elements of a text is what Trusted Types forbid.
 */
function ask(url, fields) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.responseType = "document";
    request.timeout = TIMEOUT_MS;
    request.onloadend = () => resolve(request.response?.querySelector("#inspection") ?? null);
    request.send(fields);
  });
}

function show(answer) {
  const before = document.querySelector("#inspection");
  const focused = before.contains(document.activeElement) ? document.activeElement : null;
  before.replaceWith(document.adoptNode(answer));
  const headline = answer.querySelector(".headline");
  if (answer.dataset.policy) form.elements.policy.value = answer.dataset.policy;
  startOperating(answer.querySelector("#operating"));
  answer.scrollIntoView({ block: "nearest" });
  // The button that was pressed is gone, and with it the place of whoever uses the keyboard.
  if (focused) headline.focus();
  tell(headline.textContent);
}

function tell(sentence) {
  said.textContent = sentence;
}

function setBusy(state) {
  isBusy = state;
  form.setAttribute("aria-busy", state);
  if (state) tell("Inspecting …");
}
