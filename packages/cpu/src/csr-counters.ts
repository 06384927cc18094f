import type { CsrHost, CsrRow } from './csr-row.ts'
import { CsrSlot, State } from './state-layout.ts'

const CYCLE_INHIBIT = 1n
const INSTRET_INHIBIT = 4n

/**
 * How many counts the hart has seen. The slots `mcycle` and `minstret` hold what to add to it, or, while the counter
 * is inhibited, its frozen value.
 */
const cyclesSeen = (host: CsrHost): bigint => BigInt(host.state.steps)
const retiredSeen = (host: CsrHost): bigint =>
  BigInt(host.state.steps - host.state.floats[State.trapSteps >> 3])

interface Counter {
  readonly slot: 'mcycle' | 'minstret'
  readonly inhibit: bigint
  seen(host: CsrHost): bigint
}
const cycle: Counter = { slot: 'mcycle', inhibit: CYCLE_INHIBIT, seen: cyclesSeen }
const instret: Counter = { slot: 'minstret', inhibit: INSTRET_INHIBIT, seen: retiredSeen }

const inhibited = (host: CsrHost, counter: Counter): boolean =>
  (host.get('mcountinhibit') & counter.inhibit) !== 0n

const readCounter = (host: CsrHost, counter: Counter): bigint =>
  BigInt.asUintN(64, host.get(counter.slot) + (inhibited(host, counter) ? 0n : counter.seen(host)))

/** The value written is what the next instruction reads: the writing instruction does not count. */
function writeCounter(host: CsrHost, counter: Counter, value: bigint): void {
  const seen = inhibited(host, counter) ? 0n : counter.seen(host) + BigInt(host.inInstruction)
  host.set(counter.slot, BigInt.asUintN(64, value - seen))
}

function writeInhibit(host: CsrHost, value: bigint): void {
  const changed = host.get('mcountinhibit') ^ value
  const frozen = [cycle, instret].map((counter) => readCounter(host, counter))
  host.set('mcountinhibit', value & (CYCLE_INHIBIT | INSTRET_INHIBIT))
  for (const [index, counter] of [cycle, instret].entries()) {
    if ((changed & counter.inhibit) !== 0n) writeCounter(host, counter, frozen[index])
  }
}

/** Whether a counter-enable register has a bit. */
const enables = (host: CsrHost, slot: 'mcounteren' | 'hcounteren' | 'scounteren', bit: number): boolean =>
  ((host.state.words[CsrSlot[slot] >> 2] >>> bit) & 1) !== 0

/** Whether a lower privilege may read counter `bit`. Privileged ISA, "Machine Counter-Enable Register". */
const enabled = (host: CsrHost, privilege: number, bit: number): boolean =>
  privilege === 3 ||
  (enables(host, 'mcounteren', bit) && (privilege === 1 || enables(host, 'scounteren', bit)))

/** Whether a guest may. Privileged ISA, "Hypervisor Counter-Enable Register". */
const enabledToGuest = (host: CsrHost, privilege: number, bit: number): boolean =>
  enables(host, 'hcounteren', bit) && (privilege === 1 || enables(host, 'scounteren', bit))

/** The view of a counter that lower privileges have. */
const shadow = (
  extension: 'Zicntr' | 'Zihpm',
  number: number,
  name: string,
  bit: number,
  read: (host: CsrHost) => bigint,
): CsrRow => ({
  number,
  name,
  exists: (host) => host.extensions.has(extension),
  allowed: (host, privilege) => enabled(host, privilege, bit),
  allowedToGuest: (host, privilege) => enabledToGuest(host, privilege, bit),
  read,
})

const machineCounter = (number: number, counter: Counter): CsrRow => ({
  number,
  name: counter.slot,
  read: (host) => readCounter(host, counter),
  write: (host, value) => writeCounter(host, counter, value),
})

/** `mhpmcounter3` and its 28 followers, their events and their shadows: implemented as read-only zero. */
const monitors: readonly CsrRow[] = Array.from({ length: 29 }, (_, i) => i + 3).flatMap((n): CsrRow[] => [
  { number: 0xb00 + n, name: `mhpmcounter${n}`, read: () => 0n, write: () => {} },
  { number: 0x320 + n, name: `mhpmevent${n}`, read: () => 0n, write: () => {} },
  shadow('Zihpm', 0xc00 + n, `hpmcounter${n}`, n, () => 0n),
])

/** The counters. Privileged ISA, "Hardware Performance Monitor"; unprivileged ISA, "Zicntr". */
export const counterCsrs: readonly CsrRow[] = [
  machineCounter(0xb00, cycle),
  machineCounter(0xb02, instret),
  { number: 0x320, name: 'mcountinhibit', read: (h) => h.get('mcountinhibit'), write: writeInhibit },
  shadow('Zicntr', 0xc00, 'cycle', 0, (h) => readCounter(h, cycle)),
  shadow('Zicntr', 0xc01, 'time', 1, (h) => (h.virtual ? h.guestTime() : h.time())),
  shadow('Zicntr', 0xc02, 'instret', 2, (h) => readCounter(h, instret)),
  ...monitors,
]
