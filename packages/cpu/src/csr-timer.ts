import { ENVCFG_STCE } from './csr-environment.ts'
import type { CsrHost } from './csr-row.ts'

/** TM of the counter-enable registers. */
export const COUNTER_TIME = 2n

/** Whether `stimecmp` drives STIP. */
export const timerComparisonOn = (host: CsrHost): boolean =>
  host.limits.sstc && (host.get('menvcfg') & ENVCFG_STCE) !== 0n

/** What M-mode demands of whoever touches a timer comparison below it. */
export const timerAllowed = (host: CsrHost, privilege: number): boolean =>
  privilege === 3 || (timerComparisonOn(host) && (host.get('mcounteren') & COUNTER_TIME) !== 0n)
