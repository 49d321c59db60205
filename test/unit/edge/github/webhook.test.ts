import { createHash, createHmac } from 'node:crypto';
import { sign } from '@octokit/webhooks-methods';
import { describe, expect, it } from 'vitest';
import { maxWebhookBytes, verifyWebhook } from '#edge/github/webhook.ts';

const secret = 'webhook-secret-of-the-test';
const bytes = (text: string) => new TextEncoder().encode(text);
const hmac = (body: string | Uint8Array, key = secret) =>
  `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;

function headersOf(signature: string | undefined, more: Record<string, string> = {}) {
  return new Headers({
    'x-github-event': 'organization',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    ...(signature === undefined ? {} : { 'x-hub-signature-256': signature }),
    ...more,
  });
}

describe('threat 43: forged and huge webhooks', () => {
  it('the vector that GitHub publishes has a good signature', async () => {
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const given = await verifyWebhook(bytes('Hello, World!'), headersOf(signature), [
      "It's a Secret to Everybody",
    ]);
    // Refused for what it holds, after the signature was found good.
    expect(given).toEqual({ kind: 'refused', reason: 'not-json', status: 400 });
  });

  it('a good delivery is taken apart', async () => {
    const body = '{"action":"member_removed"}';
    expect(await verifyWebhook(bytes(body), headersOf(hmac(body)), [secret])).toEqual({
      kind: 'verified',
      event: 'organization',
      delivery: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      payload: { action: 'member_removed' },
      bodyHash: createHash('sha256').update(body).digest('hex'),
    });
  });

  it('what GitHub’s own library signs is good', async () => {
    const body = '{"name":"Zoë 🦊"}';
    const given = await verifyWebhook(bytes(body), headersOf(await sign(secret, body)), [secret]);
    expect(given).toMatchObject({ kind: 'verified', payload: { name: 'Zoë 🦊' } });
  });

  const body = '{"a":1}';
  it.each([
    ['none', undefined, 'missing-signature'],
    ['an empty one', '', 'missing-signature'],
    ['sha1', `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`, 'missing-signature'],
    ['no hexadecimal digits', `sha256=${'z'.repeat(64)}`, 'missing-signature'],
    ['one digit less', hmac(body).slice(0, -1), 'missing-signature'],
    ['one digit more', `${hmac(body)}0`, 'missing-signature'],
    ['two of them', `${hmac(body)}, ${hmac(body)}`, 'missing-signature'],
    ['that of another secret', hmac(body, 'another-secret'), 'wrong-signature'],
    ['that of another body', hmac('{"a":2}'), 'wrong-signature'],
    ['that of the body written otherwise', hmac('{ "a": 1 }'), 'wrong-signature'],
  ])('%s: refused', async (_what, signature, reason) => {
    const given = await verifyWebhook(bytes(body), headersOf(signature), [secret]);
    expect(given).toEqual({ kind: 'refused', reason, status: 401 });
  });

  it('the old header with SHA-1 alone is no signature', async () => {
    const sha1 = `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`;
    const headers = headersOf(undefined, { 'x-hub-signature': sha1 });
    expect(await verifyWebhook(bytes(body), headers, [secret])).toMatchObject({
      reason: 'missing-signature',
    });
  });

  it.each([[[]], [['']]])('with secrets %j nothing is good', async (secrets) => {
    const given = await verifyWebhook(bytes(body), headersOf(hmac(body, '')), secrets);
    expect(given).toMatchObject({ reason: 'wrong-signature' });
  });

  it('a body at the limit is read, one byte more is refused before the signature counts', async () => {
    const frame = '{"a":""}'.length;
    const atLimit = `{"a":"${'x'.repeat(maxWebhookBytes - frame)}"}`;
    const over = `{"a":"${'x'.repeat(maxWebhookBytes - frame + 1)}"}`;
    expect(await verifyWebhook(bytes(atLimit), headersOf(hmac(atLimit)), [secret])).toMatchObject({
      kind: 'verified',
    });
    expect(await verifyWebhook(bytes(over), headersOf(hmac(over)), [secret])).toEqual({
      kind: 'refused',
      reason: 'too-large',
      status: 413,
    });
    expect(await verifyWebhook(bytes(over), headersOf(undefined), [secret])).toMatchObject({
      reason: 'too-large',
    });
  });
});

describe('threat 52: a webhook secret is replaced', () => {
  const body = '{"a":1}';
  const old = 'the-secret-before';

  it('in the overlap both are good, afterwards the new one only', async () => {
    for (const [key, secrets, kind] of [
      [old, [secret, old], 'verified'],
      [secret, [secret, old], 'verified'],
      [secret, [secret], 'verified'],
      [old, [secret], 'refused'],
    ] as const) {
      const given = await verifyWebhook(bytes(body), headersOf(hmac(body, key)), secrets);
      expect(given.kind).toBe(kind);
    }
  });
});

describe('a signed body', () => {
  it.each(['', 'null', '[]', '"a"', '1', '{', '{"a":1}x'])(
    'that is %j is refused',
    async (text) => {
      const given = await verifyWebhook(bytes(text), headersOf(hmac(text)), [secret]);
      expect(given).toEqual({ kind: 'refused', reason: 'not-json', status: 400 });
    },
  );

  it('that is no UTF-8 is refused', async () => {
    const body = Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d);
    expect(await verifyWebhook(body, headersOf(hmac(body)), [secret])).toMatchObject({
      reason: 'not-json',
    });
  });

  it('nested a hundred thousand times does no harm', async () => {
    const body = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const given = await verifyWebhook(bytes(body), headersOf(hmac(body)), [secret]);
    expect(['verified', 'refused']).toContain(given.kind);
  });

  it.each(['x-github-event', 'x-github-delivery'])('without %s is refused', async (name) => {
    const body = '{"a":1}';
    const headers = headersOf(hmac(body));
    headers.delete(name);
    const refusal = { kind: 'refused', reason: 'missing-header', status: 400 };
    expect(await verifyWebhook(bytes(body), headers, [secret])).toEqual(refusal);
    headers.set(name, 'a b\t<script>');
    expect(await verifyWebhook(bytes(body), headers, [secret])).toEqual(refusal);
  });
});

describe('threat 44: one body under other headers', () => {
  it('keeps its hash, whatever the unsigned headers say', async () => {
    const body = '{"a":1}';
    const first = await verifyWebhook(bytes(body), headersOf(hmac(body)), [secret]);
    const headers = headersOf(hmac(body), {
      'x-github-event': 'ping',
      'x-github-delivery': 'other',
    });
    const again = await verifyWebhook(bytes(body), headers, [secret]);
    if (first.kind !== 'verified' || again.kind !== 'verified') throw new Error('refused');
    expect(again.delivery).not.toBe(first.delivery);
    expect(again.bodyHash).toBe(first.bodyHash);
  });
});
