import { hartList } from './hart-list.ts'
import { failure, type SbiExtension, success } from './sbi-extension.ts'

/** IPI: supervisor software interrupts to other harts. SBI 2.0, chapter 7. */
export const ipi: SbiExtension = {
  id: 0x73_5049n,
  functions: [
    (call) => {
      const harts = hartList(call.argument(0), call.argument(1), call.platform.harts)
      if (!harts) return failure('INVALID_PARAM')
      for (const hart of harts) call.platform.sendIpi(hart)
      return success()
    },
  ],
}
