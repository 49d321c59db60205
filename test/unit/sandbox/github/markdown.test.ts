import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markdown } from '#sandbox/github/web/markdown.ts';

const made = (text: string) => markdown(text).text.replaceAll(/\s*\n\s*/g, '');

describe('Markdown', () => {
  it.each([
    ['a line', '<p>a line</p>'],
    ['one\ntwo', '<p>one<br />two</p>'],
    ['one\n\ntwo', '<p>one</p><p>two</p>'],
    ['### Preview links', '<h3>Preview links</h3>'],
    ['# Below the page', '<h3>Below the page</h3>'],
    [
      '**bold** and *lean* ~~gone~~',
      '<p><strong>bold</strong> and <em>lean</em> <del>gone</del></p>',
    ],
    ['snake_case_name 2*3*4', '<p>snake_case_name 2*3*4</p>'],
    ['`<b> @ann`', '<p><code>&lt;b&gt; @ann</code></p>'],
    ['- one\n- two', '<ul><li>one</li><li>two</li></ul>'],
    ['1. one', '<ol><li>one</li></ol>'],
    ['3. three\n4. four', '<ol start="3"><li>three</li><li>four</li></ol>'],
    ['- a\n  - b\n    c\n- d', '<ul><li>a<ul><li>b<br />c</li></ul></li><li>d</li></ul>'],
    ['1. a\n   ```\n   x\n   ```', '<ol><li>a<pre tabindex="0"><code>x</code></pre></li></ol>'],
    ['- a\n\n  more\n\n- b', '<ul><li><p>a</p><p>more</p></li><li>b</li></ul>'],
    ['- a\n1. b', '<ul><li>a</li></ul><ol><li>b</li></ol>'],
    ['- a\n\ntext', '<ul><li>a</li></ul><p>text</p>'],
    ['- [ ] do\n- [x] done', '<ul><li>☐ do</li><li>☑ done</li></ul>'],
    ['> said', '<blockquote><p>said</p></blockquote>'],
    [
      '> [!WARNING]\n> `x`',
      '<blockquote class="alert warning"><p class="kind">Warning</p><p><code>x</code></p></blockquote>',
    ],
    ['> [!NEWS]\n> x', '<blockquote><p>[!NEWS]<br />x</p></blockquote>'],
    [':rocket: :nothing: 12:30:45', '<p>🚀 :nothing: 12:30:45</p>'],
    [
      '[a](https://x.test/ "said when pointed at")',
      '<p><a href="https://x.test/" rel="nofollow noopener">a</a></p>',
    ],
    ['```\na <details> b\n```', '<pre tabindex="0"><code>a &lt;details&gt; b</code></pre>'],
    ['---', '<hr />'],
    ['hi @ann-b, a@b.c', '<p>hi <strong>@ann-b</strong>, a@b.c</p>'],
    ['<sub>small `x`</sub>', '<p><sub>small <code>x</code></sub></p>'],
    ['a \\*b\\* \\| c', '<p>a *b* | c</p>'],
    [
      '[Open](https://x.test/?a=1&b=2)',
      '<p><a href="https://x.test/?a=1&amp;b=2" rel="nofollow noopener">Open</a></p>',
    ],
    [
      'see https://x.test/a.',
      '<p>see <a href="https://x.test/a" rel="nofollow noopener">https://x.test/a</a>.</p>',
    ],
    [
      '![a cat](https://x.test/c.png)',
      '<p><a href="https://x.test/c.png" rel="nofollow noopener">a cat</a></p>',
    ],
    ['```js\n<i>\n# no\n```', '<pre tabindex="0"><code>&lt;i&gt;# no</code></pre>'],
    ['```\nnever closed', '<pre tabindex="0"><code>never closed</code></pre>'],
  ])('%j', (text, html) => expect(made(text)).toBe(html));

  it('shows tables', () => {
    const text = '| A | B |\n|---|:-:|\n| [x](/y) | a \\| b |\n| one |\n\nafter';
    expect(made(text)).toBe(
      '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>' +
        '<thead><tr><th scope="col">A</th><th scope="col">B</th></tr></thead>' +
        '<tbody><tr><td><a href="/y" rel="nofollow noopener">x</a></td><td>a | b</td></tr>' +
        '<tr><td>one</td><td></td></tr></tbody></table></div><p>after</p>',
    );
    expect(made('a | b\nc | d')).toBe('<p>a | b<br />c | d</p>');
  });

  it.each([
    ['<!-- byway:v1 repo=1 -->\n### Hi', '<h3>Hi</h3>'],
    ['<!--\nseveral\nlines\n-->\nafter', '<p>after</p>'],
    ['be<!-- x -->fore', '<p>before</p>'],
    ['<!-- never closed\nnothing', ''],
    ['[vc]: #abc:def', ''],
    ['```\n<!-- shown -->\n```', '<pre tabindex="0"><code>&lt;!-- shown --&gt;</code></pre>'],
  ])('hides what is a comment: %j', (text, html) => expect(made(text)).toBe(html));

  it('folds', () => {
    const folded = '<details><summary>Commands</summary><p>`/a|b` · help</p></details>';
    expect(made('<details><summary>Commands</summary> `/a|b` · help </details>')).toBe(
      folded.replace('`/a|b`', '<code>/a|b</code>'),
    );
    expect(made('<details>\n<summary>**A**</summary>\n\n- x\n</details>\nend')).toBe(
      '<details><summary><strong>A</strong></summary><ul><li>x</li></ul></details><p>end</p>',
    );
    expect(made('`<details>`')).toBe('<p><code>&lt;details&gt;</code></p>');
    expect(made('<details>\nno end')).toBe(
      '<details><summary>Details</summary><p>no end</p></details>',
    );
    expect(made('<details open><summary>A</summary>x</details>')).toBe(
      '<details open><summary>A</summary><p>x</p></details>',
    );
    expect(made('<details>\n\n```\n<summary>no</summary>\n```\n</details>')).toBe(
      '<details><summary>Details</summary>' +
        '<pre tabindex="0"><code>&lt;summary&gt;no&lt;/summary&gt;</code></pre></details>',
    );
    const inner = '<details><summary>B</summary>x</details>';
    expect(made(`<details><summary>A</summary>${inner}</details>`)).toBe(
      '<details><summary>A</summary><details><summary>B</summary><p>x</p></details></details>',
    );
    expect(made(`<details>\n${inner}\n</details>`)).toBe(
      '<details><summary>Details</summary><details><summary>B</summary><p>x</p></details></details>',
    );
  });
});

/** What the renderer may write, and nothing besides. */
const known =
  /<\/?(?:p|br|h[3-6]|ul|ol|li|blockquote|hr|pre|code|strong|em|b|i|kbd|del|sub|sup|details|summary|table|thead|tbody|tr|td)(?: \/)?>|<th scope="col">|<\/th>|<div class="scroll" tabindex="0" role="region" aria-label="Table">|<\/div>|<a href="(?:https?:\/\/|\/(?![/\\])|#)[^"<>]*" rel="nofollow noopener">|<\/a>|<ol start="\d+">|<details open>|<blockquote class="alert (?:note|tip|warning)">|<p class="kind">|<pre tabindex="0">/gi;
const strange = (text: string) => markdown(text).text.replaceAll(known, '');

describe('nobody’s HTML', () => {
  it.each([
    ...[
      'javascript:',
      'JaVaScRiPt:',
      ' javascript:',
      '\tjavascript:',
      'java\nscript:',
      '&#106;avascript:',
    ],
    ...[
      'data:text/html,',
      'vbscript:',
      'file:///',
      'blob:',
      '//',
      '/\\',
      '\\\\',
      'http:',
      'https:/',
    ],
  ])('a link to %j leads nowhere', (scheme) => {
    const target = `${scheme}evil.test`;
    for (const text of [
      `[x](${target})`,
      `[x](<${target}>)`,
      `![x](${target})`,
      `[x](${target} "title")`,
      `[${target}](${target})`,
      `<${target}>`,
      `[x]: ${target}\n[x]`,
      `<a href="${target}">x</a>`,
    ]) {
      expect(markdown(text).text).not.toMatch(/<a /);
    }
  });

  it.each([
    '<script>alert(1)</script>',
    '<script\n>alert(1)</script\n>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '<math><mtext></mtext></math>',
    '<iframe srcdoc="<script>x</script>">',
    '<style>* { display: none }</style>',
    '<form action=/acting><button name=login value=alice>Win</button></form>',
    '<input name=do value=merge>',
    '<base href=//evil.test>',
    '<meta http-equiv=refresh content=0>',
    '<details open ontoggle=alert(1)>',
    '<details ontoggle=alert(1)><summary onclick=alert(1)>x</summary></details>',
    '<summary><img src=x></summary>',
    '<details><summary><script>x</script></summary><script>x</script></details>',
    '<sub onclick=x>y</sub>',
    '<sub><script>x</script></sub>',
    '<kbd style=position:fixed>x</kbd>',
    '[x](" onmouseover="alert)',
    '[x](https://a.test/"onmouseover="alert)',
    '![" onerror="x](https://a.test/)',
    '![<img>](https://a.test/<img>)',
    'https://a.test/"onmouseover="alert(1)',
    'https://a.test/<script>',
    '@a"onx="y',
    '`<script>`',
    '```<script>\n<script>\n```<script>',
    '```" onx="\nx\n```',
    '# <script>',
    '> [!NOTE"><script>]',
    '> [!NOTE]\n> <script>',
    '- <script>\n  - <script>',
    '1"><script>. x',
    '| <script> | " |\n|---|---|\n| <script> | `<script>` |',
    '<!-- --><script>x</script>',
    '<!-- > --><script>',
    '<!--><script>-->',
    '<sub></sub><!--</sub>--><script>',
    '\\<script>',
    '&lt;script&gt;',
  ])('%j', (text) => {
    expect(strange(text)).not.toMatch(/[<>]/);
    // Whatever stands in an attribute was escaped: a quotation mark in the text ends none.
    expect(strange(text)).not.toContain('"');
  });

  it('whatever is written', () => {
    const bit = constantFrom(
      ...['<', '>', '"', "'", '`', '```', '\n', '|', '---', '*', '**', '_', '[', ']', '(', ')'],
      ...[
        '<details>',
        '<details open>',
        '</details>',
        '<summary>',
        '</summary>',
        '<sub>',
        '</sub>',
      ],
      ...['<!--', '-->', '[!NOTE]', '1. ', '[ ] ', '~~', ':x:', '<br>', '<kbd>', '</kbd>', '  '],
      ...['javascript:', 'https://x', 'script', ' onx=', '#', '- ', '> ', '@a', '\\', '!', 'x'],
    );
    assert(
      property(array(bit, { maxLength: 40 }), (bits) => {
        expect(strange(bits.join(''))).not.toMatch(/[<>"]/);
      }),
      { numRuns: 5_000 },
    );
  });

  it('is in order: what is opened is closed, innermost first', () => {
    const bit = constantFrom(
      ...['a', ' ', '\n', '\n\n', '**', '*', '_', '~~', '`', '[x](/y)', '| a | b |\n|---|---|\n'],
      ...[
        '<sub>',
        '</sub>',
        '<details>',
        '</details>',
        '<summary>s</summary>',
        '> ',
        '- ',
        '  ',
        '# ',
      ],
    );
    const empty = new Set(['br', 'hr']);
    assert(
      property(array(bit, { maxLength: 40 }), (bits) => {
        const open: string[] = [];
        for (const [, end, name = ''] of markdown(bits.join('')).text.matchAll(/<(\/?)(\w+)/g)) {
          if (empty.has(name)) continue;
          if (end === '') open.push(name);
          else expect(open.pop()).toBe(name);
        }
        expect(open).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes no long time for what is large', () => {
    const bits = ['*', '`', '[', '<!--', '<sub>', '|', '> ', '<details>', 'a_', '\n', '**a', '- '];
    for (const bit of [...bits, '- \n', '1. a\n', '  \n', '- a\n\n', ':x', '<summary>', '[a](']) {
      expect(markdown(bit.repeat(65_536 / bit.length)).text.length).toBeGreaterThanOrEqual(0);
    }
  }, 20_000);
});
