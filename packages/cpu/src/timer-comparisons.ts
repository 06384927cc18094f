import { guestTimerComparisonOn } from './csr-hypervisor.ts'
import type { CsrHost } from './csr-row.ts'
import { timerComparisonOn } from './csr-timer.ts'
import { State } from './state-layout.ts'

const I_PENDING = State.timersPending >> 2

/** `mip.STIP` and `mip.VSTIP`. */
const STIP = 1 << 5
const VSTIP = 1 << 6

/**
 * The interrupts that Sstc makes pending by the time alone. Time is looked at when somebody asks for the pending bits,
 * when a comparator is written, and when a run begins; between these the answer is remembered, because interrupts are
 * looked at far more often.
 */
export class TimerComparisons {
  /** STIP while `stimecmp` drives it: then nothing else does. */
  driven = 0
  #guest = false
  readonly #host: CsrHost

  constructor(host: CsrHost) {
    this.#host = host
  }

  /** Takes over what `menvcfg` and `henvcfg` say, and looks at the time. */
  configure(): void {
    this.driven = timerComparisonOn(this.#host) ? STIP : 0
    this.#guest = guestTimerComparisonOn(this.#host)
    this.refresh()
  }

  /** STIP and VSTIP, as of the last look at the time; VSTIP is or-ed with what `hvip` says. */
  get pending(): number {
    return this.#host.state.words[I_PENDING]
  }

  /** Looks at the time. */
  refresh(): void {
    const host = this.#host
    const driven = this.driven !== 0
    const time = driven || this.#guest ? host.time() : 0n
    let pending = driven && time >= host.get('stimecmp') ? STIP : 0
    if (this.#guest && host.guestTime(time) >= host.get('vstimecmp')) pending |= VSTIP
    host.state.words[I_PENDING] = pending
  }

  /** The value of `time` at which a comparison will come true that is not true now. */
  deadline(): bigint | undefined {
    if (this.driven === 0) return undefined
    const host = this.#host
    const time = host.time()
    const own = host.get('stimecmp')
    const next = own > time ? own : undefined
    const ofGuest = host.get('vstimecmp')
    const guestTime = host.guestTime(time)
    if (!this.#guest || ofGuest <= guestTime) return next
    // How far away it is, counted by this hart's own clock; beyond the end of that there is nothing.
    const left = ofGuest - guestTime
    const end = time + left
    return end >> 64n !== 0n || (next !== undefined && next < end) ? next : end
  }
}
