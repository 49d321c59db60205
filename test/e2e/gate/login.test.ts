/** The gate in a browser without script: who gets in, how, and out again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byScript, Visitor } from '#sandbox/visitor.ts';
import { GateScene, people, type Echo } from './scene.ts';

const scene = new GateScene();
let origin: string;
let label: string;

beforeAll(async () => {
  await scene.start();
  origin = await scene.preview();
  label = scene.labelOf(origin);
}, 60_000);
afterAll(() => scene.stop());

describe('a person', () => {
  it('who is a member lands on the deep link that was opened', async () => {
    const bob = new Visitor(people.member);
    const seen = await bob.open(`${origin}/shop/cart?size=xl&q=a%20b`);
    expect(seen.status).toBe(200);
    expect(seen.url.href).toBe(`${origin}/shop/cart?size=xl&q=a%20b`);
    expect((JSON.parse(seen.text) as Echo).url).toBe('/shop/cart?size=xl&q=a%20b');
  });

  it('who is no member gets 404 without a word about the preview, and so does one for no preview', async () => {
    const mallory = new Visitor(people.outsider);
    const seen = await mallory.open(`${origin}/`);
    expect(seen.status).toBe(404);
    expect(seen.url.origin).toBe(scene.appUrl);
    expect(seen.text).not.toContain(label);
  });

  it('whose invitation is pending is told so', async () => {
    const pat = new Visitor(people.pending);
    const seen = await pat.open(`${origin}/`);
    expect(seen.status).toBe(403);
    expect(seen.text).toContain('BW-6003');
  });

  it('is asked by script for nothing but 401, and gets no cookie', async () => {
    const stranger = new Visitor();
    const seen = await stranger.send(`${origin}/api`, { headers: byScript });
    expect(seen.status).toBe(401);
    expect(seen.headers['set-cookie']).toBeUndefined();
  });
});
