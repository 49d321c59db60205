/** Runs in the page; `dashboard-checks.ts` calls it. */

function faultsOfPage() {
  const faults = [];
  const all = [...document.body.querySelectorAll('*')];
  const seen = (element) => element.checkVisibility();
  const where = (element) =>
    `${element.tagName.toLowerCase()}#${element.id} “${(element.textContent ?? '').trim().slice(0, 30)}”`;

  const nameOf = (element) => {
    const labelled = element.getAttribute('aria-labelledby');
    if (labelled) {
      const texts = labelled.split(' ').map((id) => document.getElementById(id)?.textContent ?? '');
      return texts.join(' ').trim();
    }
    const given = element.getAttribute('aria-label');
    if (given !== null) return given.trim();
    const labels = element.labels;
    if (labels && labels.length > 0) return (labels[0]?.textContent ?? '').trim();
    return /^(?:INPUT|SELECT|TEXTAREA)$/.test(element.tagName)
      ? ''
      : (element.textContent ?? '').trim();
  };

  const controls = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  for (const element of document.querySelectorAll(controls)) {
    if (seen(element) && nameOf(element) === '') faults.push(`has no name: ${where(element)}`);
  }
  for (const element of document.querySelectorAll('section, nav, fieldset, [role=group], table')) {
    const name = element.querySelector('caption, legend')?.textContent ?? nameOf(element);
    if (name.trim() === '') faults.push(`a region has no name: ${where(element)}`);
  }
  const ids = all.map(({ id }) => id).filter((id) => id !== '');
  for (const id of new Set(ids)) {
    if (ids.filter((each) => each === id).length > 1) faults.push(`the id ${id} is there twice`);
  }
  for (const attribute of ['for', 'aria-labelledby', 'aria-describedby']) {
    for (const element of document.querySelectorAll(`[${attribute}]`)) {
      for (const id of (element.getAttribute(attribute) ?? '').split(' ')) {
        if (!ids.includes(id)) faults.push(`${attribute} leads nowhere: ${where(element)}`);
      }
    }
  }
  const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map(({ tagName }) =>
    Number(tagName[1]),
  );
  if (levels.filter((level) => level === 1).length !== 1) faults.push('there is not one h1');
  levels.forEach((level, index) => {
    if (level > (levels[index - 1] ?? 0) + 1) faults.push(`a heading of level ${level} skips one`);
  });
  if (document.querySelectorAll('main').length !== 1) faults.push('there is not one main');
  if (document.documentElement.lang === '') faults.push('the page names no language');
  if (document.title === '') faults.push('the page has no title');
  for (const table of document.querySelectorAll('table')) {
    const heads = table.querySelectorAll('thead th[scope=col]').length;
    for (const row of table.querySelectorAll('tbody tr')) {
      if (row.children.length !== heads) faults.push(`a row has other columns: ${where(row)}`);
      if (row.querySelector('th[scope=row]') === null)
        faults.push(`a row has no head: ${where(row)}`);
    }
  }
  if (document.documentElement.scrollWidth > innerWidth) {
    faults.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  }

  // WCAG 2.2, 1.4.3: relative luminance and contrast.

  const colourOf = (text) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return [red, green, blue, alpha];
  };
  const luminance = ([red, green, blue]) => {
    const [r = 0, g = 0, b = 0] = [red, green, blue].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const back = colourOf(getComputedStyle(at).backgroundColor);
      if (back[3] === 1) return back;
    }
    return [255, 255, 255, 1];
  };
  for (const element of all) {
    const hasText = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? '').trim() !== '',
    );
    if (!seen(element) || !(hasText || /^(?:INPUT|SELECT)$/.test(element.tagName))) continue;
    const [a, b] = [
      luminance(colourOf(getComputedStyle(element).color)),
      luminance(backOf(element)),
    ];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)}: ${where(element)}`);
  }
  return faults;
}

function markStops() {
  const controls = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  const found = [...document.querySelectorAll(controls)].filter(
    (element) => element.checkVisibility() && !element.disabled,
  );
  found.forEach((element, index) => (element.dataset.stop = String(index)));
  document.activeElement?.blur();
  getSelection()?.removeAllRanges();
  return found.length;
}

function focusedStop() {
  const element = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  return [element.dataset.stop, outlineStyle === 'none' ? '0px' : outlineWidth];
}

globalThis.dashboardChecks = { faultsOfPage, markStops, focusedStop };
