/** Has a site's form ask about its comment before it is sent: docs/embed.md. */
import { words } from "./words.js";
export { words };

const api = new URL("../v1/moderate", import.meta.url);

/** UTF-16 code units, as the service counts; a line break is one. */
export const utf16Length = (text) => text.replace(/\r\n?/g, "\n").length;

/** For a form that comes later than this script. */
export function moderate(form) {
  if (form.isModerated) return;
  form.isModerated = true;
  const data = form.dataset;
  const say = { ...words, ...JSON.parse(data.moderateWords || "{}") };
  const comment = form.querySelector("[data-moderate-comment]") ?? form.querySelector("textarea");
  const count = startCounter(form, comment, say);
  const result = part(form, "result", form.lastElementChild);
  let passing;

  const show = (kind, ...lines) => {
    result.dataset.kind = kind;
    result.replaceChildren(...lines);
    result.scrollIntoView({ block: "nearest" });
  };
  const tell = (name, detail) =>
    form.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }));
  const check = async (event) => {
    if (passing) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (comment.readOnly || !tell("moderate:checking", { comment: comment.value })) return;
    comment.readOnly = true;
    show("checking", element("strong", say.checking));
    const { kind, answer, lines } = await ask(comment.value, data, say);
    comment.readOnly = false;
    show("");
    count();
    if (!tell("moderate:answer", { kind, answer })) return;
    if ("moderateStay" in data || kind === "reject" || kind === "problem") {
      show(kind, element("strong", say[kind]), ...lines);
    } else {
      // What is sent on the site answers. Its button may be gone by now.
      passing = true;
      form.requestSubmit(event.submitter?.form && event.submitter);
      passing = false;
    }
  };
  form.addEventListener("submit", check, true);
}

function startCounter(form, comment, say) {
  const counter = part(form, "counter", comment.closest("label") ?? comment, "div");
  const notice = part(form, "notice", counter);
  const count = () => {
    const limit = form.dataset.moderateLimit || 1500;
    const left = limit - utf16Length(comment.value);
    const said = left < 0 ? say.over : left > limit / 15 ? "" : say.near;
    counter.textContent = `${left} / ${limit}`;
    comment.setAttribute("aria-invalid", left < 0);
    if (notice.textContent !== said) notice.textContent = said;
  };
  comment.addEventListener("input", count);
  form.addEventListener("reset", () => setTimeout(count));
  addEventListener("pageshow", count);
  count();
  return count;
}

async function ask(comment, data, say) {
  const { moderatePolicy: policy = "", moderateLanguage: language = "" } = data;
  try {
    const body = new URLSearchParams({ comment, explain: true, policy, language });
    const signal = AbortSignal.timeout(10_000);
    const answer = await (await fetch(api, { method: "POST", body, signal })).json();
    const { decision, status, detail, errors = [] } = answer;
    if (["accept", "flag", "reject"].includes(decision)) {
      data.moderateLimit = answer.length.limit;
      return { kind: decision, answer, lines: explain(answer, comment, say) };
    }
    if (detail && status < 429) {
      const lines = [answer, ...errors].map((each) => element("p", each.detail));
      return { kind: "problem", answer, lines };
    }
  } catch {} // Away, too slow, or not ours.
  return { kind: "held", answer: null, lines: [element("p", say.kept)] };
}

function explain({ decision, reasons, spans, length }, text, say) {
  const fired = reasons.filter((reason) => reason.action === decision);
  const names = fired.map((reason) => reason.attribute ?? reason.code);
  const lines = [...new Set(names)].map((name) =>
    element("p", (say[name] ?? say.rule).replace(/\{(\w+)\}/g, (_, key) => length[key])),
  );
  const pieces = [...fired, ...spans.filter((span) => names.includes(span.attribute))];
  const isMarked = (place) => pieces.some(({ begin, end }) => begin <= place && place < end);
  const quote = element("blockquote");
  quote.dir = "auto";
  for (let from = 0, to = 1; to <= text.length; to++) {
    if (to < text.length && isMarked(to) === isMarked(from)) continue;
    const piece = text.slice(from, to);
    quote.append(isMarked(from) ? element("mark", piece) : piece);
    from = to;
  }
  return quote.children.length ? [...lines, element("p", say.marked), quote] : lines;
}

function part(form, name, before, tag = "output") {
  const key = `data-moderate-${name}`;
  const found = form.querySelector(`[${key}]`) ?? element(tag);
  if (!found.parentNode) before.after(found);
  found.setAttribute(key, "");
  return found;
}

function element(tag, ...children) {
  const made = document.createElement(tag);
  made.append(...children);
  return made;
}

document.querySelectorAll("form[data-moderate]").forEach(moderate);
