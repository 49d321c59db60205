/** Runs in the page; `dashboard-checks.ts` calls it. */

/** What axe-core has no rule for. */
function faultsOfPage() {
  const faults = [];
  const where = (element) =>
    `${element.tagName.toLowerCase()}#${element.id} “${(element.textContent ?? '').trim().slice(0, 30)}”`;
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
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
  for (const table of document.querySelectorAll('table')) {
    if (!table.querySelector('caption')) faults.push(`a table has no name: ${where(table)}`);
    const heads = table.querySelectorAll('thead th[scope=col]').length;
    for (const row of table.querySelectorAll('tbody tr')) {
      if (row.children.length !== heads) faults.push(`a row has other columns: ${where(row)}`);
      if (row.querySelector('th[scope=row]') === null)
        faults.push(`a row has no head: ${where(row)}`);
    }
  }
  if (document.documentElement.scrollWidth > innerWidth) {
    const wide = [...document.body.querySelectorAll('*')].filter(
      (element) => element.getBoundingClientRect().right > innerWidth,
    );
    const names = wide.map((element) => where(element)).slice(-2);
    faults.push(`the page is ${document.documentElement.scrollWidth} px wide: ${names.join(', ')}`);
  }
  return faults;
}

/** All rules of axe-core, best practices among them. */
async function axeFaults() {
  const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
  return violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.map(({ target, failureSummary }) =>
      [`${impact}: ${id}: ${help}`, target.join(' '), failureSummary].join(' | '),
    ),
  );
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

globalThis.dashboardChecks = { faultsOfPage, axeFaults, markStops, focusedStop };
