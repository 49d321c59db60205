/** The formats that GitHub's description names, as far as they say something that can be checked. */
import type { Format } from 'ajv';

const anything = (): boolean => true;

/** For ajv's `formats`. */
export const formats: Record<string, Format> = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/,
  date: /^\d{4}-\d\d-\d\d$/,
  uri: (text: string): boolean => URL.canParse(text),
  url: (text: string): boolean => URL.canParse(text),
  'uri-template': anything,
  email: /^[^@\s]+@[^@\s]+$/,
  uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  int32: { type: 'number', validate: Number.isSafeInteger },
  int64: { type: 'number', validate: Number.isSafeInteger },
  timestamp: anything,
  'repo.nwo': anything,
};
