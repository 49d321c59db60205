/** Which state page a stream's RESET becomes when no head has been sent. */
import type { ErrorCode } from '#protocol/errors.ts';
import { ResetCode } from '#protocol/frame.ts';

export function errorOfReset(code: ResetCode): ErrorCode {
  switch (code) {
    case ResetCode.connectorGone:
      return 'BW-2003';
    case ResetCode.refused:
      return 'BW-2002';
    case ResetCode.interceptGone:
      return 'BW-1001';
    case ResetCode.limit:
      return 'BW-1006';
    default:
      return 'BW-2003';
  }
}
