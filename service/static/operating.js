const FIGURES = ["precision", "recall", "share"];

/** Let the slider of an inspected comment show what each threshold of an attribute does. */
export function startOperating(section) {
  const root = section?.querySelector(".dial");
  if (root) new Dial(root, section.dataset).start();
}

class Dial {
  #root;
  #source;
  #slider;
  #attribute;
  #points = null;

  constructor(root, source) {
    this.#root = root;
    this.#source = source;
    this.#slider = root.querySelector("#dial");
    this.#attribute = root.querySelector("#dial-attribute");
  }

  start() {
    for (const button of this.#jumps()) {
      button.addEventListener("click", () => this.#jump(this.#chosen().dataset[button.dataset.jump]));
    }
    this.#attribute.addEventListener("change", () => this.#load());
    this.#slider.addEventListener("input", () => this.#show());
    this.#root.hidden = false;
    this.#load();
  }

  async #load() {
    const chosen = this.#chosen();
    this.#use(null);
    this.#say("basis", "\u00a0");
    const points = await fetchPoints(this.#source, chosen.value);
    // Another attribute may have been chosen in the meantime.
    if (chosen !== this.#chosen()) return;
    this.#use(points);
    this.#say("basis", points ? points.basis : "The figures could not be fetched.");
    if (points) this.#jump(chosen.dataset.flag ?? chosen.dataset.reject ?? 0.5);
  }

  #use(points) {
    this.#points = points;
    this.#slider.disabled = !points;
    this.#slider.max = points ? points.threshold.length - 1 : 0;
    for (const button of this.#jumps()) {
      button.disabled = !points || !(button.dataset.jump in this.#chosen().dataset);
    }
    if (points) return;
    for (const name of FIGURES) this.#say(name, "–");
    this.#say("threshold", "");
    this.#say("outcome", "\u00a0");
  }

  /** Go to the first threshold measured that is not under one. */
  #jump(threshold) {
    const found = this.#points.threshold.findIndex((each) => each >= Number(threshold));
    this.#slider.value = found < 0 ? this.#slider.max : found;
    this.#show();
  }

  #show() {
    const place = this.#slider.valueAsNumber;
    const threshold = this.#points.threshold[place];
    const [precision, recall, share] = FIGURES.map((name) => this.#points[name][place]);
    const spoken = `${threshold}: precision ${precision}, recall ${recall}, ${share} of all comments`;
    this.#slider.setAttribute("aria-valuetext", spoken);
    this.#say("threshold", threshold);
    for (const name of FIGURES) this.#say(name, this.#points[name][place]);
    this.#say("outcome", describeOutcome(this.#chosen(), threshold));
  }

  #say(name, text) {
    this.#root.querySelector(`[data-figure="${name}"]`).textContent = text;
  }

  #chosen() {
    return this.#attribute.selectedOptions[0];
  }

  #jumps() {
    return this.#root.querySelectorAll("[data-jump]");
  }
}

async function fetchPoints({ url, policy, language }, attribute) {
  try {
    const response = await fetch(`${url}?${new URLSearchParams({ policy, language, attribute })}`);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

function describeOutcome({ dataset: { score, reject }, textContent: name }, threshold) {
  let outcome = Number(score) >= threshold ? "flagged" : "accepted";
  if (reject !== undefined && Number(score) >= Number(reject)) outcome = "rejected";
  return `With this as its flag threshold, ${name} alone would have the comment (${score}) ${outcome}.`;
}
