"use strict";
// Single predictions: the case study, and the picker of data set, sentence and position (#dataset/sentence/position).
// Corpus text is hostile: it reaches the page as text nodes and attributes only, never as markup.
(() => {
  const { labels, case_study: caseStudy, inspections } = JSON.parse(document.getElementById("predictions").textContent);
  const END = "</s>";
  const GOES_ON = "@@";
  const byId = (id) => document.getElementById(id);
  const labelOf = (kind, name) => labels[kind][name] ?? name;

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  // Text

  function subword(text, lang) {
    if (text === END) return make("abbr", { class: "end", title: "end of sentence" }, "¶");
    if (!text.endsWith(GOES_ON)) return make("span", { lang }, text);
    const sign = make("span", { class: "goes-on", title: "the word goes on" }, GOES_ON);
    return make("span", { lang }, text.slice(0, -GOES_ON.length), sign);
  }

  function spoken(text) {
    return text === END ? "the end of the sentence" : `“${text}”`;
  }

  // The subwords of a training sentence as words, the one at `marked` marked; the end of sentence only where it is that.
  function words(target, marked, lang) {
    const line = make("span", { lang });
    target.forEach((text, i) => {
      if (text === END && i !== marked) return;
      const piece = text.endsWith(GOES_ON) ? text.slice(0, -GOES_ON.length) : text;
      line.append(i === marked ? make("mark", {}, text === END ? subword(END) : piece) : piece);
      if (!text.endsWith(GOES_ON)) line.append(" ");
    });
    return line;
  }

  // Distributions

  const percent = (p) => p.toFixed(3);

  function bar(p, truth) {
    const cell = make("td", { class: "bar", "aria-hidden": "true" });
    const length = make("span", { class: "length" });
    length.style.width = `${100 * p}%`;
    cell.append(length);
    if (truth) {
      const tick = make("span", { class: "tick", title: `p* = ${percent(truth)}` });
      tick.style.left = `${100 * truth}%`;
      cell.append(tick);
    }
    return cell;
  }

  // One distribution: a row for each subword that was kept, with p* beside it, and what all others have together.
  function distribution(title, about, rows, place, lang) {
    const truth = place.true && rows !== place.true ? new Map(place.true) : null;
    const whole = truth && [...truth.values()].reduce((sum, p) => sum + p, 0) > 0.9995;
    const heads = ["next subword", "p", ...(truth ? ["p*"] : [])].map((text) => make("th", { scope: "col" }, text));
    heads.splice(1, 0, make("td", { "aria-hidden": "true" }));  // above the bars
    const body = make("tbody");
    for (const [token, p] of rows) {
      const known = truth?.get(token) ?? (whole ? 0 : undefined);
      const head = make("th", { scope: "row" }, subword(token, lang));
      if (token === place.gold) head.append(" ", make("span", { class: "reference", title: "the reference" }, "ref"));
      const row = make("tr", {}, head, bar(p, known), make("td", {}, percent(p)));
      if (truth) row.append(make("td", { class: "truth" }, known === undefined ? "–" : percent(known)));
      body.append(row);
    }
    const rest = 1 - rows.reduce((sum, [, p]) => sum + p, 0);
    if (rest > 0.0005) {
      const cells = [make("td", { "aria-hidden": "true" }), make("td", {}, percent(rest)), ...(truth ? [make("td")] : [])];
      body.append(make("tr", { class: "rest" }, make("th", { scope: "row" }, "all others"), ...cells));
    }
    const caption = make("caption", {}, make("b", {}, title));
    if (about) caption.append(" ", make("span", { class: "about" }, about));
    return make("table", { class: "distribution" }, caption, make("thead", {}, make("tr", {}, ...heads)), body);
  }

  function distributions(content, place) {
    const lang = content.languages[1];
    const { system, k, tau } = content.teacher;
    const cards = make("div", { class: "distributions" });
    for (const name of content.systems) {
      const own = content.settings[name];
      const about = own && `k = ${own.k}, τ = ${own.tau}, λ = ${own.lambda}`;
      cards.append(distribution(labelOf("systems", name), about, place.systems[name] ?? [], place, lang));
    }
    const about = `of ${labelOf("systems", system)}: k = ${k}, τ = ${tau}`;
    cards.append(distribution("kNN teacher", about, place.teacher, place, lang));
    if (place.true) cards.append(distribution("p*", "the true distribution", place.true, place, lang));
    else cards.append(make("p", { class: "gap" }, "p* is not known here: there is no lattice, or none of its translations starts like this."));
    return cards;
  }

  // Neighbours

  function neighbours(content, place) {
    if (!place.neighbours.length) return make("p", { class: "gap" }, "No neighbour was found.");
    const [source, target] = content.languages;
    const body = make("tbody");
    place.neighbours.forEach((near, i) => {
      const pair = content.training[near.sentence];
      const sentence = make("td", { class: "sentence" }, words(pair.target, near.position, target));
      sentence.append(make("span", { class: "source", lang: source }, pair.source));
      const cells = [near.distance.toFixed(2), subword(near.token, target)].map((each) => make("td", {}, each));
      body.append(make("tr", {}, make("th", { scope: "row" }, `${i + 1}`), ...cells, sentence));
    });
    const heads = ["rank", "distance", "token", "training sentence, its target above its source"];
    const head = make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text))));
    const title = `The ${place.neighbours.length} nearest rows of the datastore (squared L2 distance)`;
    const table = make("table", { class: "nearest" }, make("caption", {}, make("b", {}, title)), head, body);
    return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, table);
  }

  function prediction(content, page, place) {
    const [source, target] = content.languages;
    const facts = make("dl", { class: "facts" });
    const add = (name, ...text) => facts.append(make("dt", {}, name), make("dd", {}, ...text));
    add("Source", make("span", { lang: source }, page.source));
    if (page.reference !== null) add("Reference", make("span", { lang: target }, page.reference));
    const prefix = place.prefix ? make("span", { lang: target }, place.prefix) : make("i", {}, "the start");
    add("Given", prefix);
    if (place.gold !== null) add("Next", subword(place.gold, target));
    return [facts, distributions(content, place), neighbours(content, place)];
  }

  if (caseStudy) {
    for (const page of caseStudy.sentences) {
      for (const place of page.positions) byId("case-study-view").append(...prediction(caseStudy, page, place));
    }
  }

  // The picker

  const picked = { dataset: -1, sentence: -1, position: -1 };

  function leastSure(page) {
    const best = page.positions.map((place) => place.teacher[0]?.[1] ?? 1);
    return best.indexOf(Math.min(...best));
  }

  function fillSentences(content) {
    const title = (page, i) => `${i + 1}. ${page.source}`;
    byId("pick-sentence").replaceChildren(...content.sentences.map((page, i) => make("option", { value: i }, title(page, i))));
  }

  function fillPositions(content, page) {
    const choices = page.positions.map((place, i) => {
      const input = make("input", { type: "radio", name: "position", value: i });
      return make("label", {}, input, place.gold === null ? `${i + 1}` : subword(place.gold, content.languages[1]));
    });
    byId("pick-position").replaceChildren(...choices);
  }

  function announce(content, page, place) {
    const where = `sentence ${picked.sentence + 1} of ${content.sentences.length}, position ${picked.position + 1} of ${page.positions.length}`;
    const after = place.prefix ? `after “${place.prefix}”` : "at the start";
    const next = place.gold === null ? "" : ` the reference has ${spoken(place.gold)}`;
    const link = make("a", { href: address() }, "link to this position");
    byId("picked").replaceChildren(`${labelOf("datasets", content.dataset)}, ${where}: ${after}${next}. `, link);
  }

  function address() {
    return `#${inspections[picked.dataset].dataset}/${picked.sentence + 1}/${picked.position + 1}`;
  }

  // Show a position; without one, that where the teacher is least sure.
  function pick(dataset, sentence, position) {
    const content = inspections[dataset];
    const page = content.sentences[sentence];
    if (dataset !== picked.dataset) fillSentences(content);
    if (dataset !== picked.dataset || sentence !== picked.sentence) fillPositions(content, page);
    Object.assign(picked, { dataset, sentence, position: position ?? leastSure(page) });
    byId("pick-dataset").value = dataset;
    byId("pick-sentence").value = sentence;
    byId("pick-position").querySelectorAll("input")[picked.position].checked = true;
    const place = page.positions[picked.position];
    announce(content, page, place);
    byId("neighbour-view").replaceChildren(...prediction(content, page, place));
  }

  // What the address names, as indices; nothing where it names no position of this page.
  function named() {
    const [name, sentence, position] = location.hash.slice(1).split("/");
    const dataset = inspections.findIndex((content) => content.dataset === name);
    const place = inspections[dataset]?.sentences[sentence - 1]?.positions[position - 1];
    return place && [dataset, sentence - 1, position - 1];
  }

  function follow() {
    const found = named();
    if (!found) return;
    pick(...found);
    byId("neighbours").scrollIntoView();
  }

  if (inspections.length) {
    const datasets = inspections.map((content, i) => make("option", { value: i }, labelOf("datasets", content.dataset)));
    byId("pick-dataset").append(...datasets);
    byId("picker").hidden = false;
    byId("picker").addEventListener("change", (event) => {
      const value = Number(event.target.value);
      if (event.target.id === "pick-dataset") pick(value, 0);
      else if (event.target.id === "pick-sentence") pick(picked.dataset, value);
      else pick(picked.dataset, picked.sentence, value);
      history.replaceState(null, "", address());
    });
    pick(0, 0);
    follow();
    addEventListener("hashchange", follow);
  }
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => (each.open = true)));
})();
