/** Before each file: real processes of files that run at the same time take different ports. */

/** At least as many as files run at a time (`stages.ts`). */
const shares = 4;
const { VITEST_POOL_ID: id = '1' } = process.env;
process.env['BYWAY_PORTS'] = `${((Number(id) - 1) % shares) + 1}/${shares}`;
