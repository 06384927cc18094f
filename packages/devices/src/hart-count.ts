import { DeviceError } from './device-error.ts'

/** The most harts whose registers fit into a CLINT. */
const MOST_HARTS = 4095

/** Refuses a number of harts that an interruptor has no registers for. */
export const checkHarts = (harts: number): void => {
  if (!Number.isInteger(harts) || harts < 1 || harts > MOST_HARTS)
    throw new DeviceError('bad-option', `harts must be an integer from 1 to ${MOST_HARTS}, not ${harts}`)
}
