import { hartList } from './hart-list.ts'
import { failure, type SbiCall, type SbiExtension, type SbiFunction, success } from './sbi-extension.ts'
import type { FenceRange } from './sbi-platform.ts'

const ALL_ONES = 0xffff_ffff_ffff_ffffn
const ADDRESS_SPACE = 1n << 64n

/** The range of a remote fence: `undefined` for everything, `'invalid'` when it leaves the address space. */
function fenceRange(start: bigint, size: bigint): FenceRange | undefined | 'invalid' | 'empty' {
  if (size === ALL_ONES || (start === 0n && size === 0n)) return undefined
  if (start + size > ADDRESS_SPACE) return 'invalid'
  return size === 0n ? 'empty' : { start, size }
}

const sfence =
  (asidOf: (call: SbiCall) => bigint | undefined): SbiFunction =>
  (call) => {
    const harts = hartList(call.argument(0), call.argument(1), call.platform.harts)
    if (!harts) return failure('INVALID_PARAM')
    const range = fenceRange(call.argument(2), call.argument(3))
    if (range === 'invalid') return failure('INVALID_ADDRESS')
    if (range !== 'empty')
      for (const hart of harts) call.platform.fenceTranslations(hart, range, asidOf(call))
    return success()
  }

/** A fence of guests' translations, on harts that have the hypervisor extension. */
const hfence =
  (
    stage: 'VS' | 'G',
    spaceOf: (call: SbiCall) => { readonly vmid?: bigint; readonly asid?: bigint },
  ): SbiFunction =>
  (call) => {
    const { platform } = call
    if (platform.fenceGuests === undefined) return failure('NOT_SUPPORTED')
    const harts = hartList(call.argument(0), call.argument(1), platform.harts)
    if (!harts) return failure('INVALID_PARAM')
    const range = fenceRange(call.argument(2), call.argument(3))
    if (range === 'invalid') return failure('INVALID_ADDRESS')
    for (const hart of harts) {
      const done =
        range === 'empty' || platform.fenceGuests(hart, { stage, caller: call.hart, range, ...spaceOf(call) })
      if (!done) return failure('NOT_SUPPORTED')
    }
    return success()
  }

/** RFENCE: fences on other harts. SBI 2.0, chapter 8. */
export const rfence: SbiExtension = {
  id: 0x5246_4e43n,
  functions: [
    (call) => {
      const harts = hartList(call.argument(0), call.argument(1), call.platform.harts)
      if (!harts) return failure('INVALID_PARAM')
      for (const hart of harts) call.platform.fenceInstructions(hart)
      return success()
    },
    sfence(() => undefined),
    sfence((call) => call.argument(4)),
    hfence('G', (call) => ({ vmid: call.argument(4) })),
    hfence('G', () => ({})),
    hfence('VS', (call) => ({ asid: call.argument(4) })),
    hfence('VS', () => ({})),
  ],
}
