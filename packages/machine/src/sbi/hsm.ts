import { HartState } from './hart-state.ts'
import { SbiError } from './sbi-error.ts'
import { AWAY, failure, type SbiExtension, type SbiResult, success } from './sbi-extension.ts'

const RETENTIVE = 0
const NON_RETENTIVE = 0x8000_0000
const WAIT: SbiResult = { kind: 'wait', error: SbiError.SUCCESS, value: 0n }

/** The specification defines the parameter 32 bits wide: the upper half of the register is not looked at. */
const low32 = (value: bigint): number => Number(value & 0xffff_ffffn)

/** HSM: start, stop and suspend harts. SBI 2.0, chapter 9. */
export const hsm: SbiExtension = {
  id: 0x48_534dn,
  functions: [
    // hart_start(hartid, start_addr, opaque)
    ({ platform, states, argument }) => {
      const target = argument(0)
      if (target >= BigInt(platform.harts)) return failure('INVALID_PARAM')
      const hart = Number(target)
      const address = argument(1)
      if (!platform.canExecute(address)) return failure('INVALID_ADDRESS')
      if (states.of(hart) !== HartState.STOPPED) return failure('ALREADY_AVAILABLE')
      states.start(hart)
      platform.startHart(hart, address, argument(2))
      return success()
    },
    // hart_stop()
    ({ platform, states, hart }) => {
      states.stop(hart)
      platform.stopHart(hart)
      return AWAY
    },
    // hart_get_status(hartid)
    ({ platform, states, argument }) => {
      const target = argument(0)
      return target >= BigInt(platform.harts)
        ? failure('INVALID_PARAM')
        : success(BigInt(states.of(Number(target))))
    },
    // hart_suspend(suspend_type, resume_addr, opaque)
    ({ platform, states, hart, argument }) => {
      const type = low32(argument(0))
      if (type === RETENTIVE) {
        states.suspend(hart, undefined)
        return WAIT
      }
      if (type !== NON_RETENTIVE) return failure('INVALID_PARAM')
      const address = argument(1)
      if (!platform.canExecute(address)) return failure('INVALID_ADDRESS')
      states.suspend(hart, { address, opaque: argument(2) })
      return WAIT
    },
  ],
}
