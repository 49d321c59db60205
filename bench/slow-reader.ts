/** How much of a body workerd holds for a reader that is slower than the origin. */
import { download } from './load/bulk.ts';
import type { Measure } from './measures.ts';
import { residentMib } from './process-usage.ts';

const sampleEveryMs = 250;

export const slowReader: Measure = {
  name: 'memory, one large download of 20 MB/s',
  applies: (_contender, { workerdPids }) => workerdPids !== undefined,
  async measure(running, { scale }) {
    const { workerdPids = [] } = running;
    let slowReaderPeakMib = 0;
    const sample = (): number => {
      const mib = residentMib(workerdPids);
      slowReaderPeakMib = Math.max(slowReaderPeakMib, mib);
      return mib;
    };
    const timer = setInterval(sample, sampleEveryMs);
    try {
      const { faults } = await download(running, scale.bulkBytes, true);
      const slowReaderMib = sample();
      return { values: { slowReaderMib, slowReaderPeakMib }, faults };
    } finally {
      clearInterval(timer);
    }
  },
};
