/** Before each file: real processes of two files that run at the same time take different ports. */
const workers = 2;
const { VITEST_POOL_ID: id = '1' } = process.env;
process.env['BYWAY_PORTS'] = `${((Number(id) - 1) % workers) + 1}/${workers}`;
