import { describe, expect, it } from 'vitest';
import type { InterceptReport } from '#protocol/control.ts';
import { ProtocolError } from '#protocol/frame.ts';
import { endedOf, listMessages, ReportInbox, reportText } from '#protocol/intercept-reports.ts';
import {
  maxControlBytes,
  maxEndedReports,
  maxReportHeaders,
  maxReports,
  maxReportsPerMessage,
  maxReportTextCharacters,
} from '#protocol/limits.ts';

const idOf = (index: number): string => index.toString(16).padStart(32, '0');

function report(more: Partial<InterceptReport> = {}): InterceptReport {
  return {
    id: idOf(1),
    name: 'web',
    workload: 'web',
    namespace: 'default',
    port: { name: 'http', number: 80 },
    owner: { id: 7, login: 'alice' },
    laptop: 'book',
    mechanism: 'http',
    headers: ['x-id'],
    state: 'active',
    createdMs: 1000,
    waitingSinceMs: null,
    ...more,
  };
}

const many = (count: number): InterceptReport[] =>
  Array.from({ length: count }, (_, index) => report({ id: idOf(index) }));

const sent = (message: object): Record<string, unknown> =>
  JSON.parse(JSON.stringify(message)) as Record<string, unknown>;

function closeCode(work: () => unknown): number {
  try {
    work();
  } catch (error) {
    if (error instanceof ProtocolError) return error.closeCode;
    throw error;
  }
  return 0;
}

const listed = (intercepts: unknown, part = 0, parts = 1): number =>
  closeCode(() => new ReportInbox().take({ type: 'intercept_list', part, parts, intercepts }));

describe('[C15] the list of intercepts (§7.1)', () => {
  it.each([0, 1, maxReportsPerMessage, maxReportsPerMessage + 1, maxReports])(
    '[C15] of %i comes whole, once its last part is there',
    (count) => {
      const inbox = new ReportInbox();
      const reports = many(count);
      const messages = listMessages(reports);
      for (const message of messages.slice(0, -1)) {
        expect(inbox.take(sent(message))).toBeUndefined();
      }
      expect(inbox.take(sent(messages.at(-1)!))).toEqual({ kind: 'list', reports });
      // And once more, as after the next HELLO.
      expect(listMessages([report()]).map((each) => inbox.take(sent(each)))).toHaveLength(1);
    },
  );

  it('[C15] ends the tunnel where it is longer than the limit', () => {
    const inbox = new ReportInbox();
    const messages = listMessages(many(maxReports + 1));
    for (const message of messages.slice(0, -1)) inbox.take(sent(message));
    expect(closeCode(() => inbox.take(sent(messages.at(-1)!)))).toBe(4400);
  });

  it.each([
    ['a part before its turn', 1, 2],
    ['a part beyond the last', 1, 1],
    ['no number of parts', 0, undefined],
    ['a negative number of parts', 0, -1],
  ])('[C15] %s ends the tunnel', (_name, part, parts) => {
    const message = { type: 'intercept_list', part, parts, intercepts: [] };
    expect(closeCode(() => new ReportInbox().take(message))).toBe(4400);
  });

  it('[C15] a part that comes twice, or a change between parts, ends the tunnel', () => {
    const [first] = listMessages(many(maxReportsPerMessage + 1));
    const inbox = new ReportInbox();
    inbox.take(sent(first!));
    expect(closeCode(() => inbox.take(sent(first!)))).toBe(4400);
    const change = { type: 'intercept_change', set: [], gone: [] };
    expect(closeCode(() => inbox.take(change))).toBe(4400);
  });

  it('[C15] the largest part fits into a control message', () => {
    const text = '漢'.repeat(maxReportTextCharacters);
    const [largest] = listMessages(
      many(maxReportsPerMessage).map((each) => ({
        ...each,
        ...{ name: text, workload: text, namespace: text, laptop: text },
        owner: { id: Number.MAX_SAFE_INTEGER, login: text },
        port: { name: text, number: 65_535 },
        headers: Array.from({ length: maxReportHeaders }, () => 'x'.repeat(text.length)),
      })),
    );
    const { length } = new TextEncoder().encode(JSON.stringify(largest));
    expect(length).toBeLessThanOrEqual(maxControlBytes);
    expect(closeCode(() => new ReportInbox().take(sent(largest!)))).toBe(0);
  });
});

describe('[C15] a report (§7.1)', () => {
  const longest = 'x'.repeat(maxReportTextCharacters);

  it.each<[string, object, number]>([
    ['a text at the limit', { name: longest }, 0],
    ['a text over it', { name: `${longest}x` }, 4400],
    ['as many headers as may be', { headers: Array(maxReportHeaders).fill(longest) }, 0],
    ['one header more', { headers: Array(maxReportHeaders + 1).fill('x') }, 4400],
    ['a header over the limit', { headers: [`${longest}x`] }, 4400],
    ['a header with its value', { headers: [{ name: 'x-id', value: 'secret' }] }, 4400],
    ['a control character', { laptop: 'book\u001b[2J' }, 4400],
    ['a line break', { workload: 'web\u2028' }, 4400],
    ['a state to come', { state: 'moving' }, 0],
    ['an id of another form', { id: 'A'.repeat(32) }, 4400],
    ['an owner without id', { owner: { login: 'alice' } }, 4400],
    ['no port', { port: undefined }, 4400],
    ['a mechanism that is none', { mechanism: 'udp' }, 4400],
    ['the last moment', { createdMs: 8.64e15 }, 0],
    ['a moment past it', { createdMs: 8.64e15 + 1 }, 4400],
    ['half a millisecond', { waitingSinceMs: 0.5 }, 4400],
    ['a negative number', { createdMs: -1 }, 4400],
  ])('[C15] with %s: %#', (_name, more, code) => {
    expect(listed([{ ...report(), ...more }])).toBe(code);
  });

  it('[C15] loses what is not known here, values of headers among it', () => {
    const more = { ...report(), colour: 'blue', values: ['secret'] };
    const taken = new ReportInbox().take(sent({ ...listMessages([more])[0]! }));
    expect(taken).toEqual({ kind: 'list', reports: [report()] });
  });

  it('[C15] is made of any text', () => {
    const name = reportText(`\u001b]0;x\u0007${longest}`);
    expect(listed([report({ name })])).toBe(0);
  });
});

describe('[C15] changes and ends (§7.1)', () => {
  const change = (set: unknown, gone: unknown): number =>
    closeCode(() => new ReportInbox().take({ type: 'intercept_change', set, gone }));
  const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => idOf(index));

  it('[C15] change what they name', () => {
    const message = { type: 'intercept_change', set: [report()], gone: [idOf(2)] };
    const news = { kind: 'change', set: [report()], gone: [idOf(2)] };
    expect(new ReportInbox().take(message)).toEqual(news);
  });

  it('[C15] are as many as one message may have, and no more', () => {
    expect(change(many(maxReportsPerMessage), ids(maxReportsPerMessage))).toBe(0);
    expect(change(many(maxReportsPerMessage + 1), [])).toBe(4400);
    expect(change([], ids(maxReportsPerMessage + 1))).toBe(4400);
    const ended = (count: number): number =>
      closeCode(() => endedOf({ intercepts: ids(count).map((id) => ({ id, by: 'alice' })) }));
    expect([ended(maxEndedReports), ended(maxEndedReports + 1)]).toEqual([0, 4400]);
  });

  it.each([
    [{ intercepts: [{ id: 'x', by: 'alice' }] }],
    [{ intercepts: [{ id: idOf(1) }] }],
    [{ intercepts: [{ id: idOf(1), by: 'al\u001bice' }] }],
    [{ intercepts: {} }],
  ])('[C15] end the tunnel when malformed: %#', (message) => {
    expect(closeCode(() => endedOf(message))).toBe(4400);
  });

  it('[C15] other messages are none of these', () => {
    expect(new ReportInbox().take({ type: 'intercept_wave', set: 1 })).toBeUndefined();
  });
});
