/** The step of the dashboard's script that makes a list as the page that came has it. */

/** Declares `become(now, next)`: both elements; `next` is used up. */
export const becomeScript = `/** What the reader opened, which no page that comes has. */
const isReaders = (element, name) => name === 'open' && element.localName === 'details';

function dressAs(now, next) {
  for (const { name } of [...now.attributes]) {
    if (!next.hasAttribute(name) && !isReaders(now, name)) now.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  }
}

/** By which a part of the page is known: its own identifier, or those within. */
function namesIn(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return [];
  return node.id ? [node.id] : [...node.querySelectorAll('[id]')].map(({ id }) => id);
}

/** Which child is which of those that come, found by name; and those that stay for it. */
function pairsOf(now, next) {
  const named = new Map();
  for (const child of now.children) for (const name of namesIn(child)) named.set(name, child);
  const [pairs, staying] = [new Map(), new Set()];
  for (const child of next.children) {
    const same = namesIn(child).map((name) => named.get(name)).find((each) => each?.nodeName === child.nodeName);
    if (!same || staying.has(same)) continue;
    pairs.set(child, same);
    staying.add(same);
  }
  return { pairs, staying };
}

const areAlike = (...nodes) =>
  nodes[0]?.nodeName === nodes[1].nodeName && nodes.every((node) => namesIn(node).length === 0);

/**
 * Makes one tree as the other is. What is in both stays the same element, found by name or, where there is
 * none, by its place: focus, choices, an open list of choices and a click that is half made live on. A button
 * that does something else has another identifier, so that no press ends on what it did not begin on.
 */
function become(now, next) {
  if (now.nodeType !== Node.ELEMENT_NODE) {
    if (now.nodeValue !== next.nodeValue) now.nodeValue = next.nodeValue;
    return;
  }
  dressAs(now, next);
  const { pairs, staying } = pairsOf(now, next);
  let place = now.firstChild;
  const drop = () => {
    const { nextSibling } = place;
    place.remove();
    place = nextSibling;
  };
  for (const child of [...next.childNodes]) {
    const same = pairs.get(child) ?? (areAlike(place, child) ? place : undefined);
    // What does not stay makes way, as what is moved loses the focus.
    while (place && place !== same && !staying.has(place)) drop();
    if (same) become(same, child);
    if (same && same === place) place = place.nextSibling;
    else now.insertBefore(same ?? child, place);
  }
  while (place) drop();
}`;
