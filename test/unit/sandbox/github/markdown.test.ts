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
    ['> said', '<blockquote><p>said</p></blockquote>'],
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
    ['```js\n<i>\n# no\n```', '<pre><code>&lt;i&gt;# no</code></pre>'],
    ['```\nnever closed', '<pre><code>never closed</code></pre>'],
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
    ['```\n<!-- shown -->\n```', '<pre><code>&lt;!-- shown --&gt;</code></pre>'],
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
  });
});

describe('nobody’s HTML', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<details open ontoggle=alert(1)>',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert)',
    '[x](data:text/html,x)',
    '[x](//evil.test)',
    '[x](" onmouseover="alert)',
    '![x](javascript:alert)',
    '<sub onclick=x>y</sub>',
    '<a href="javascript:x">y</a>',
    '| <script> |\n|---|\n| <script> |',
    '<summary><img src=x></summary>',
  ])('%j', (text) => {
    expect(markdown(text).text).not.toMatch(
      /<script|<img|<a (?!href="(?:https?:|\/(?!\/)|#))|<\w+[^>]*\son\w+=/i,
    );
  });

  it('whatever is written', () => {
    const bit = constantFrom(
      ...['<', '>', '"', "'", '`', '```', '\n', '|', '---', '*', '**', '_', '[', ']', '(', ')'],
      ...['<details>', '</details>', '<summary>', '</summary>', '<sub>', '</sub>', '<!--', '-->'],
      ...['javascript:', 'https://x', 'script', ' onx=', '#', '- ', '> ', '@a', '\\', '!', 'x'],
    );
    const known =
      /<\/?(?:p|br|h[3-6]|ul|ol|li|blockquote|hr|pre|code|strong|em|del|sub|details|summary|table|thead|tbody|tr|td)(?: \/)?>|<th scope="col">|<\/th>|<div class="scroll" tabindex="0" role="region" aria-label="Table">|<\/div>|<a href="(?:https?:\/\/|\/|#)[^"<>]*" rel="nofollow noopener">|<\/a>/g;
    assert(
      property(array(bit, { maxLength: 40 }), (bits) => {
        expect(markdown(bits.join('')).text.replaceAll(known, '')).not.toMatch(/[<>]/);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes no long time for what is large', () => {
    for (const bit of ['*', '`', '[', '<!--', '<sub>', '|', '> ', '<details>', 'a_', '\n', '**a']) {
      expect(markdown(bit.repeat(20_000)).text.length).toBeGreaterThanOrEqual(0);
    }
  });
});
