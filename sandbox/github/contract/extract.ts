/**
 * Writes `subset.json` anew from GitHub's own description of its API:
 *
 *     npm pack @octokit/openapi@23 --pack-destination DIR
 *     tar -xzf DIR/octokit-openapi-*.tgz -C DIR package/generated/api.github.com.json
 *     node sandbox/github/contract/extract.ts DIR/package/generated/api.github.com.json
 *     npm run format
 *
 * The package is no dependency: unpacked it has 400 MB, of which this is one file. The licence of
 * the description is MIT (https://github.com/github/rest-api-description).
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { operations, webhooks } from './operations.ts';
import { objectAt, type JsonObject } from './json.ts';
import { subsetOf } from './subset-of.ts';

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('extract.ts FILE: the path of api.github.com.json is needed\n');
  process.exit(2);
}
const bytes = readFileSync(file);
const whole = JSON.parse(bytes.toString()) as JsonObject;
const subset = subsetOf(
  whole,
  { operations, webhooks },
  {
    package: '@octokit/openapi',
    version: String(objectAt(whole, 'info')['version']),
    file: 'generated/api.github.com.json',
    sha256: createHash('sha256').update(bytes).digest('hex'),
  },
);
const target = new URL('subset.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(subset, null, 2)}\n`);
process.stdout.write(
  `${Object.keys(subset.paths).length} paths of ${subset.info.version}, checksum ${subset['x-extract'].checksum}\n`,
);
