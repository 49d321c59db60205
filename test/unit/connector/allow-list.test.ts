import { describe, expect, it } from 'vitest';
import { AllowList } from '#connector/allow-list.ts';

const nothing = new AllowList([], []);

describe('threat 56: addresses that nobody named', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['[::1]', 'loopback, as in a URL'],
    ['0:0:0:0:0:0:0:1', 'loopback, spelt out'],
    ['localhost', 'loopback by name'],
    ['LOCALHOST', 'loopback by name'],
    ['shop.localhost', 'loopback by name'],
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
    ['169.254.0.1', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%lo', 'link-local with a zone'],
    ['169.254.169.254', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['FD00:EC2:0:0:0:0:0:254', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['192.0.0.192', 'metadata'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['::ffff:127.0.0.1', 'IPv4-mapped'],
    ['::FFFF:7f00:1', 'IPv4-mapped'],
    ['0:0:0:0:0:ffff:a9fe:a9fe', 'IPv4-mapped'],
    ['::ffff:0.0.0.0', 'IPv4-mapped'],
    ['::127.0.0.1', 'IPv4-compatible'],
    ['64:ff9b::127.0.0.1', 'NAT64'],
    ['64:ff9b:1::7f00:1', 'NAT64 of the site'],
    ['2002:7f00:1::1', '6to4'],
    ['2001:0:7f00:1::', 'Teredo'],
    // Spellings that only the resolver understands.
    ['2130706433', 'decimal'],
    ['0x7f.1', 'hexadecimal'],
    ['0177.0.0.1', 'octal'],
    ['127.1', 'short'],
  ])('%s is refused (%s)', async (host) => {
    const resolved = await nothing.resolve(host, 80);
    expect(resolved.ok).toBe(false);
  });

  it.each([
    '10.0.0.1',
    '192.168.1.1',
    '172.16.0.1',
    '8.8.8.8',
    'fd12:3456::1',
    '2600::1',
    '::ffff:10.0.0.1',
  ])('%s is dialled', async (host) => {
    expect(await nothing.resolve(host, 80)).toEqual({ ok: true, address: host });
  });
});

describe('addresses that are named', () => {
  const list = new AllowList(
    [{ host: '127.0.0.1', port: 8081 }],
    ['127.5.0.0/16', 'fe80::/64', 'shop.localhost', '[::1]:9000', '127.9.9.9:7'],
  );

  it.each([
    ['127.0.0.1', 8081, true],
    ['127.0.0.1', 8082, false],
    ['::ffff:127.0.0.1', 8081, true],
    ['127.5.1.2', 1, true],
    ['127.6.0.1', 1, false],
    ['fe80::7', 1, true],
    ['fe80:0:0:1::7', 1, false],
    ['shop.localhost', 1, true],
    ['other.localhost', 1, false],
    ['::1', 9000, true],
    ['::1', 9001, false],
    ['127.9.9.9', 7, true],
    ['127.9.9.9', 8, false],
    ['169.254.169.254', 80, false],
  ])('%s port %i: %s', async (host, port, allowed) => {
    expect((await list.resolve(host, port)).ok).toBe(allowed);
  });

  it.each(['10.0.0.0/33', 'shop/8', '10.0.0.0/x', '::/129', '10.0.0.0/'])(
    '%s is no entry',
    (entry) => {
      expect(() => new AllowList([], [entry])).toThrow(RangeError);
    },
  );
});

describe('a name', () => {
  const answers = (...addresses: string[][]) => {
    let asked = 0;
    const list = new AllowList([], [], () => Promise.resolve(addresses[asked++] ?? []));
    return { list, asked: () => asked };
  };

  it('is resolved once: what is dialled is what was checked', async () => {
    const { list, asked } = answers(['10.0.0.1'], ['127.0.0.1']);
    expect(await list.resolve('rebound.example.com', 80)).toEqual({
      ok: true,
      address: '10.0.0.1',
    });
    expect(asked()).toBe(1);
    expect((await list.resolve('rebound.example.com', 80)).ok).toBe(false);
  });

  it('of several addresses gives one that is allowed', async () => {
    const { list } = answers(['169.254.169.254', '::1', '10.0.0.1']);
    expect(await list.resolve('mixed.example.com', 80)).toEqual({ ok: true, address: '10.0.0.1' });
  });

  it('of a loopback address is refused', async () => {
    expect(await answers(['127.0.0.1']).list.resolve('sly.example.com', 80)).toMatchObject({
      ok: false,
      kind: 'refused',
    });
  });

  it('that the resolver does not know is no refusal', async () => {
    const list = new AllowList([], [], () => Promise.reject(new Error('ENOTFOUND')));
    expect(await list.resolve('none.example.com', 80)).toEqual({
      ok: false,
      kind: 'unknown',
      reason: 'ENOTFOUND',
    });
  });
});
