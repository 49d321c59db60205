/** Whether the end of a client is the end of what was done for it. */
import { workLeft } from './load/work-left.ts';
import type { Measure } from './measures.ts';
import { Unavailable } from './tools.ts';

export const leaving: Measure = {
  name: 'work left after all clients have gone',
  async measure(running, { origin }) {
    if (!origin.lasts) throw new Unavailable('this origin ends every answer');
    const { streams, goneS, served } = await workLeft(running, origin, running.openStreams);
    const still = served.length > 0 ? served.join(', ') : 'nothing';
    return {
      values: { streamsLeft: streams, ...(goneS === undefined ? {} : { goneS }) },
      faults: [],
      notes:
        goneS === undefined ? [`not all gone after 15 s; the origin still serves ${still}`] : [],
    };
  },
};
