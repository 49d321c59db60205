import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sessions, steps as sessionSteps } from '#edge/objects/stores/sessions.ts';
import { homeLifeMs, steps as homeSteps, TokenHomes } from '#edge/objects/stores/token-homes.ts';
import { scratch, startMs, type Scratch } from './scratch-store.ts';

let store: Scratch;
beforeEach(() => {
  store = scratch();
  for (const statement of [...sessionSteps, ...homeSteps].flat()) store.sql.run(statement);
});
afterEach(() => store.sql.close());

describe('sessions of a login', () => {
  it('are taken once, by preview host', () => {
    const sessions = new Sessions(store);
    sessions.remember('s1', 'amber', startMs + 1000);
    sessions.remember('s1', 'amber', startMs + 2000);
    sessions.remember('s2', 'amber', startMs + 1000);
    sessions.remember('s2', 'blue', startMs + 1000);
    sessions.remember('s3', 'amber', startMs + 9000);
    expect(sessions.take(['s1', 's2', 'unknown'])).toEqual([
      { label: 'amber', sids: ['s1', 's2'], untilMs: startMs + 2000 },
      { label: 'blue', sids: ['s2'], untilMs: startMs + 1000 },
    ]);
    expect(sessions.take(['s1', 's2'])).toEqual([]);
  });

  it('are forgotten when the login would have ended', () => {
    const sessions = new Sessions(store);
    sessions.remember('s1', 'amber', startMs + 1000);
    store.pass(999);
    sessions.clean();
    expect(store.dump()).toContain('amber');
    store.pass(1);
    sessions.clean();
    expect(sessions.take(['s1'])).toEqual([]);
  });
});

describe('homes of tokens', () => {
  it('are listed by person, each organisation once', () => {
    const homes = new TokenHomes(store);
    homes.place('t1', 77, 1001);
    homes.place('t2', 77, 1001);
    homes.place('t3', 78, 1001);
    homes.place('t4', 79, undefined);
    expect(homes.organisationsOf(1001).sort()).toEqual([77, 78]);
    homes.drop('t3');
    expect(homes.organisationsOf(1001)).toEqual([77]);
  });

  it('last as long as the longest life, from the last placing', () => {
    const homes = new TokenHomes(store);
    homes.place('t1', 77, 1001);
    homes.place('t2', 77, 1001);
    store.pass(homeLifeMs - 1);
    homes.place('t2', 77, 1001);
    store.pass(1);
    homes.clean();
    expect(homes.of('t1')).toBeUndefined();
    expect(homes.of('t2')).toBe(77);
  });
});
