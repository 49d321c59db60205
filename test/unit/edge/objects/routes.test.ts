import { expect, it } from 'vitest';
import { connect, edge, ingress, interceptId, owner, useScratchEdge } from '../scratch-edge.ts';

useScratchEdge();

interface Routes {
  type: string;
  part: number;
  routes: { label: string }[];
}

it.each([0, 1, 500, 501])('%i previews are told to the connector, none twice', async (count) => {
  const { key } = await edge.cluster();
  const { previews } = edge.directory.find(key, 'a')!;
  for (let index = 0; index < count; index += 1) {
    previews.insert({
      label: `label-${index}`,
      intercept: { id: interceptId('a'), name: 'web' },
      owner,
      ingress,
      access: 'public',
      createdMs: index,
      publicUntilMs: Number.MAX_SAFE_INTEGER,
      epoch: 0,
    });
  }
  const { control, session, closed } = await connect(edge.directory.find(key, 'a')!, {});
  const parts = control as unknown as Routes[];
  expect(parts.map(({ type, part }) => [type, part])).toEqual(
    Array.from({ length: Math.max(1, Math.ceil(count / 500)) }, (_, part) => ['routes', part]),
  );
  const labels = parts.flatMap(({ routes }) => routes.map(({ label }) => label));
  expect(labels).toEqual(Array.from({ length: count }, (_, index) => `label-${index}`));
  session.close(1000, 'done');
  await closed;
});
