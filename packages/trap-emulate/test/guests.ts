import { strategyKit } from '@worldswitch/strategy-tests'
import { trapEmulate } from '../src/trap-emulate.ts'

export { POWEROFF, RAM, random } from '@worldswitch/strategy-tests'

/** Hosts and guests of this strategy. */
export const { guest, smallHost } = strategyKit(trapEmulate)
