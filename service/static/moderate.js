/**
 * Length of a text as the service counts it: UTF-16 code units, a line break
 * as one however it was sent.
 */
export function utf16Length(text) {
  return text.replace(/\r\n?/g, "\n").length;
}

const TIMEOUT_MS = 10_000;
const form = document.querySelector("#form");
if (form) start(form);

function start(form) {
  const words = JSON.parse(form.dataset.words);
  const comment = form.elements.comment;
  const count = () => showCount(comment, Number(form.dataset.limit));
  let sending = false;

  comment.addEventListener("input", count);
  // A browser that goes back, or reloads, may put back what was typed.
  window.addEventListener("pageshow", count);
  count();

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    showAnswer("checking", words.checking, []);
    const { kind, details } = answer(await send(form.dataset.url, comment.value), words);
    showAnswer(kind, words[kind], details);
    sending = false;
  });
}

function showCount(comment, limit) {
  const counter = document.querySelector("#counter");
  const remaining = limit - utf16Length(comment.value);
  const over = remaining < 0;
  counter.textContent = `${remaining} / ${limit}`;
  counter.classList.toggle("over", over);
  comment.setAttribute("aria-invalid", over);
  // Said once, when the limit is crossed: a number at each key would be noise.
  document.querySelector("#counter-spoken").textContent = over ? "Over the limit." : "";
}

/** The answer of the API, or null where it is none to rely on. */
async function send(url, comment) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ comment }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return response.status < 500 ? await response.json() : null;
  } catch {
    return null;
  }
}

/** What the page says; the same as service/pages.py says without this script. */
function answer(body, words) {
  if (body?.detail) {
    return { kind: "problem", details: [body.detail, ...(body.errors ?? []).map((e) => e.detail)] };
  }
  if (!["accept", "flag", "reject"].includes(body?.decision)) {
    return { kind: "held", details: [words.kept] };
  }
  const reasons = body.reasons.filter((reason) => reason.action === body.decision);
  return { kind: body.decision, details: reasons.map((reason) => explain(reason, body.length, words)) };
}

function explain(reason, length, words) {
  const sentence = words[reason.attribute ?? reason.code] ?? words.rule;
  return sentence.replace(/\{(\w+)\}/g, (_, name) => length[name]);
}

function showAnswer(kind, headline, details) {
  const result = document.querySelector("#result");
  result.dataset.kind = kind;
  result.replaceChildren(...[headline, ...details].map(paragraph));
  result.firstChild.className = "headline";
  result.scrollIntoView({ block: "nearest" });
}

function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}
