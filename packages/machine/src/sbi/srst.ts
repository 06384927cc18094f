import { AWAY, failure, type SbiExtension } from './sbi-extension.ts'
import type { SbiResetReason, SbiResetType } from './sbi-platform.ts'

const TYPES: readonly SbiResetType[] = ['shutdown', 'cold-reboot', 'warm-reboot']
const REASONS: readonly SbiResetReason[] = ['none', 'system-failure']

/** SRST: shutdown and reboot. SBI 2.0, chapter 10. */
export const srst: SbiExtension = {
  id: 0x5352_5354n,
  functions: [
    ({ platform, argument }) => {
      // Both parameters are 32 bits wide.
      const type = TYPES[Number(argument(0) & 0xffff_ffffn)]
      const reason = REASONS[Number(argument(1) & 0xffff_ffffn)]
      if (type === undefined || reason === undefined) return failure('INVALID_PARAM')
      platform.reset(type, reason)
      return AWAY
    },
  ],
}
