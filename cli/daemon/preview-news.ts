/** What the edge says of previews at the moment when a command asks. */
import { RequestError } from '#protocol/requests.ts';
import type { Runtime } from '#protocol/runtime.ts';
import { Failure } from '../failure.ts';
import type { PreviewNow } from '../preview-now.ts';
import type { EdgeApi } from './edge-api.ts';

export interface PreviewNewsOptions {
  /** undefined: nobody is logged in. @throws Failure */
  edge(): EdgeApi | undefined;
  runtime: Runtime;
  /** How long a person waits for it at most. */
  limitMs: number;
}

/** All at once; one that cannot be asked about is `unknown` and says why. */
export async function previewNews(
  labels: readonly string[],
  options: PreviewNewsOptions,
): Promise<Map<string, PreviewNow>> {
  const { runtime, limitMs } = options;
  let cancel = (): void => {};
  const late = new Promise<PreviewNow>((resolve) => {
    const problem = `the edge has not answered within ${limitMs / 1000} s`;
    cancel = runtime.after(limitMs, () => resolve({ state: 'unknown', problem }));
  });
  const found = await Promise.all(
    labels.map(async (label): Promise<[string, PreviewNow]> => {
      return [label, await Promise.race([look(label, options), late])];
    }),
  );
  cancel();
  return new Map(found);
}

async function look(
  label: string,
  { edge }: Pick<PreviewNewsOptions, 'edge'>,
): Promise<PreviewNow> {
  try {
    const problem = 'nobody is logged in; log in: byway login';
    return (await edge()?.look(label)) ?? { state: 'unknown', problem };
  } catch (error) {
    if (!(error instanceof RequestError || error instanceof Failure)) throw error;
    return { state: 'unknown', problem: error.message };
  }
}
