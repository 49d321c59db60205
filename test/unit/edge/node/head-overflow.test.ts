/** Heads that Node's parser refuses, over a socket. */
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerBadHeads } from '#edge/node/head-overflow.ts';

const maxHeadBytes = 64 * 1024;
let server: Server;

beforeAll(async () => {
  server = createServer({ maxHeaderSize: maxHeadBytes }, (_request, response) =>
    response.end('in'),
  );
  answerBadHeads(server, maxHeadBytes);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

/** All that comes back. */
function answerTo(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () =>
      socket.write(text),
    );
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => (answer += part));
    socket.on('error', reject);
    socket.on('end', () => {
      socket.end();
      resolve(answer);
    });
  });
}

const browser = 'Host: x\r\nAccept: text/html,*/*\r\n';
const cookies = Array.from({ length: 100 }, (_, index) => `c${index}=${'x'.repeat(1000)}`).join(
  '; ',
);

describe('a head that is too large', () => {
  it('threat 12: of cookies gets a page, and the browser forgets them', async () => {
    const answer = await answerTo(`GET / HTTP/1.1\r\n${browser}Cookie: ${cookies}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 Request head too large\r\n/);
    expect(answer).toContain('\r\nClear-Site-Data: "cookies"\r\n');
    expect(answer).toContain('\r\nConnection: close\r\n');
    expect(answer).toContain('<h1>Request head too large</h1>');
  });

  it('of target clears nothing: anybody can make others follow a long link', async () => {
    const answer = await answerTo(`GET /${'x'.repeat(100_000)} HTTP/1.1\r\n${browser}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).not.toContain('Clear-Site-Data');
  });
});

it('what is no HTTP gets what Node says', async () => {
  expect(await answerTo('nonsense\r\n\r\n')).toBe(
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n',
  );
});
