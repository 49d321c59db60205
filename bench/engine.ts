/** The edge's engines; each has contenders, measures, goals and columns of its own. */
export const engines = ['node', 'cloudflare'] as const;

export type Engine = (typeof engines)[number];
