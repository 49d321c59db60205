import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deviceFlow } from '#cli/login/device-flow.ts';
import { discover } from '#cli/login/metadata.ts';
import { StrictEdge } from './strict-edge.ts';

let edge: StrictEdge;
/** A clock that only pauses move. */
let nowMs: number;
let pausesS: number[];
/** What happens at the edge during the pause of that number. */
let events: Record<number, () => void | Promise<void>>;
let said: string;
beforeEach(async () => {
  edge = new StrictEdge();
  await edge.start();
  nowMs = 0;
  pausesS = [];
  events = {};
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await edge.stop();
  expect(edge.violations).toEqual([]);
});

async function flow(organisation?: string) {
  const server = await discover(edge.url);
  return deviceFlow(
    server,
    { organisation },
    {
      now: () => nowMs,
      async pause(ms) {
        pausesS.push(ms / 1000);
        nowMs += ms;
        await events[pausesS.length]?.();
      },
    },
  );
}

const shownCode = (): string => [...edge.devices.values()][0]!.userCode;

describe('threat 54: byway login --device', () => {
  it('shows page and code, and polls at the interval until somebody has confirmed', async () => {
    edge.intervalS = 5;
    events[3] = () => edge.decide(shownCode(), 'approved');
    const grant = await flow();
    expect(pausesS).toEqual([5, 5, 5]);
    expect(grant.refreshToken).toBe(edge.families[0]!.refresh);
    expect(said).toContain(`open ${edge.url}/device in any browser`);
    expect(said).toContain(`enter this code: ${shownCode()}`);
  });

  it('never shows a link that has the code in it', async () => {
    events[1] = () => edge.decide(shownCode(), 'approved');
    await flow();
    expect(said).not.toContain('user_code');
    expect(said).not.toContain([...edge.devices.keys()][0]);
  });

  it('takes 5 s where the edge names no interval', async () => {
    edge.metadata = { device: { interval: undefined } };
    events[1] = () => edge.decide(shownCode(), 'approved');
    await flow();
    expect(pausesS).toEqual([5]);
  });

  it('slows down by 5 s each time it is told to, for good', async () => {
    edge.intervalS = 5;
    const slowDown = { status: 400, body: { error: 'slow_down' } };
    edge.tokenAnswers = [slowDown, slowDown];
    events[4] = () => edge.decide(shownCode(), 'approved');
    await flow();
    expect(pausesS).toEqual([5, 10, 15, 15]);
  });

  it('goes on, more slowly, while the edge is away or out of order', async () => {
    edge.intervalS = 20;
    events[1] = () => edge.stop();
    events[2] = () => edge.start();
    edge.tokenAnswers = [{ status: 502, body: {} }];
    events[4] = () => edge.decide(shownCode(), 'approved');
    await flow();
    expect(pausesS).toEqual([20, 40, 60, 60]);
  });

  it.each(['denied', 'expired'] as const)('ends when the code is %s', async (how) => {
    events[2] = () => edge.decide(shownCode(), how);
    const code = how === 'denied' ? 'access_denied' : 'expired_token';
    await expect(flow()).rejects.toMatchObject({ code });
    expect(pausesS).toHaveLength(2);
    expect(edge.families).toEqual([]);
  });

  it('ends by itself when the life of the code is over', async () => {
    edge.deviceLifeS = 12;
    edge.intervalS = 5;
    await expect(flow()).rejects.toMatchObject({ code: 'expired_token' });
    expect(edge.asked('/oauth/token')).toHaveLength(2);
  });

  it('tells which organisations there are, and asks for the chosen one', async () => {
    edge.organisations.push({ id: 43, login: 'globex' });
    events[1] = () => edge.decide(shownCode(), 'approved');
    await expect(flow()).rejects.toMatchObject({
      code: 'organisation_required',
      organisations: ['acme', 'globex'],
    });
    edge.devices.clear();
    events = { 2: () => edge.decide(shownCode(), 'approved') };
    await flow('globex');
    expect(edge.families[0]!.organisation.login).toBe('globex');
  });

  it.each([
    ['a page at another host', { verification_uri: 'https://evil.example.com/device' }],
    ['a page that is none', { verification_uri: 'javascript:alert(1)' }],
    ['a code that could draw on the terminal', { user_code: '\u001b[2JBCDF-GHJK' }],
  ])('does not show %s', async (_name, device) => {
    edge.metadata = { device };
    await expect(flow()).rejects.toMatchObject({ code: 'refused' });
    expect(said).toBe('');
  });
});
