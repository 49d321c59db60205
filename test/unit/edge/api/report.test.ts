/** `/report`: anybody may, nobody learns anything. */
import { beforeEach, expect, it } from 'vitest';
import {
  maxContactCharacters,
  maxReasonCharacters,
  reportedRate,
  reportRate,
} from '#edge/api/report.ts';
import { alice, appUrl, FakeEdge, type Answer } from './fake-edge.ts';

let edge: FakeEdge;
let label: string;
let host: string;

beforeEach(async () => {
  edge = await new FakeEdge().open();
  label = await edge.newPreview(await edge.newCluster(), alice);
  host = `${label}.preview.example.dev`;
});

function report(fields: Record<string, string>, headers: Record<string, string> = {}) {
  const all = {
    origin: appUrl,
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'text/html',
    ...headers,
  };
  return edge.call('POST', '/report', '', new URLSearchParams(fields).toString(), all);
}

const reported = () => edge.audited().filter(({ action }) => action === 'preview.report');

it('threat 59: a report is a row in the audit log of the preview’s organisation', async () => {
  const answers: Answer[] = [];
  for (const preview of [host, `https://${host}/login?a=b`, host.toUpperCase()]) {
    answers.push(await report({ preview, reason: 'asks for\r\npasswords', contact: 'me@example' }));
  }
  for (const { status } of answers) expect(status).toBe(200);
  const details = { reason: 'asks for\npasswords', contact: 'me@example' };
  expect(reported()).toMatchObject(answers.map(() => ({ actor: 'edge', subject: label, details })));
  expect(edge.logged).toHaveLength(3);
  expect(JSON.stringify(edge.logged)).not.toContain('passwords');
});

it('threat 19: the answer is the same for what never was, and nothing is written', async () => {
  const good = await report({ preview: host, reason: 'x' });
  edge.changes.length = 0;
  for (const preview of [
    `${label.slice(0, -1)}z.preview.example.dev`,
    `${label}.example.org`,
    `a.${host}`,
    'amber-otter',
    'byway.example.com',
    'https://[',
    '../../x',
  ]) {
    const { status, text } = await report({ preview, reason: 'x' });
    expect([status, text]).toEqual([good.status, good.text]);
    edge.nowMs += 60_000;
  }
  expect(edge.changes).toEqual([]);
});

it('threat 10: the form shows what a link brought as text, and nothing of the preview', async () => {
  const evil = '"><svg onload=alert(1)>';
  const { status, text, headers } = await edge.call(
    'GET',
    `/report?preview=${encodeURIComponent(evil)}`,
    '',
  );
  expect(status).toBe(200);
  expect(text).not.toContain('<svg');
  expect(headers.get('content-security-policy')).toContain("form-action 'self'");
  const shown = (await edge.call('GET', `/report?preview=${host}`, '')).text;
  const other = (await edge.call('GET', `/report?preview=${host.replace('otter', 'heron')}`, ''))
    .text;
  expect(shown.replace('otter', 'heron')).toBe(other);
});

it('threat 39: a form of another site is refused', async () => {
  for (const origin of ['https://evil.example', 'null', `https://${host}`, '']) {
    const { status, text } = await report({ preview: host, reason: 'x' }, { origin });
    expect(status).toBe(403);
    expect(text).toContain('BW-6018');
  }
  expect(reported()).toEqual([]);
});

it('threat 60: an address reports only so often', async () => {
  for (let count = 0; count < reportRate.burst; count += 1) {
    expect((await report({ preview: host, reason: 'x' })).status).toBe(200);
  }
  const over = await report({ preview: host, reason: 'x' });
  expect([over.status, over.headers.get('retry-after')]).toEqual([429, '12']);
  edge.address = '192.0.2.9';
  expect((await report({ preview: host, reason: 'x' })).status).toBe(200);
});

it('threat 60: many addresses together do not fill the audit log', async () => {
  for (let count = 0; count < reportedRate.burst + 5; count += 1) {
    edge.address = `192.0.2.${count}`;
    expect((await report({ preview: host, reason: 'x' })).status).toBe(200);
  }
  expect(reported()).toHaveLength(reportedRate.burst);
});

it('texts have limits, and what was given up to them is kept as far as it fits', async () => {
  const at = {
    preview: host,
    reason: '€'.repeat(maxReasonCharacters),
    contact: 'c'.repeat(maxContactCharacters),
  };
  expect((await report(at)).status).toBe(200);
  expect(String(reported()[0]?.details['reason'])).toMatch(/^€{300,}$/);
  for (const over of [
    { reason: `${at.reason}x` },
    { contact: `${at.contact}x` },
    { reason: ' ' },
  ]) {
    expect((await report({ ...at, ...over })).status).toBe(400);
    edge.nowMs += 60_000;
  }
  expect((await report({ ...at, preview: 'x'.repeat(301) })).status).toBe(400);
  edge.nowMs += 60_000;
  const json = { 'content-type': 'application/json' };
  expect((await report(at, json)).status).toBe(400);
  const long = await edge.call('POST', '/report', '', 'x'.repeat(16 * 1024 + 1), {
    origin: appUrl,
    'content-type': 'application/x-www-form-urlencoded',
  });
  expect(long.status).toBe(400);
  expect(reported()).toHaveLength(1);
});
