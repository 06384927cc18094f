import {
  ENVCFG_ADUE,
  ENVCFG_FIOM,
  ENVCFG_PBMTE,
  ENVCFG_STCE,
  legalizeEnvironment,
} from './csr-environment.ts'
import { GUEST_INTERRUPTS, legalizeCounteren, legalizeHgatp } from './csr-legalize.ts'
import type { CsrHost, CsrRow } from './csr-row.ts'
import { type SupervisorState, supervisorCsrs } from './csr-supervisor.ts'
import { COUNTER_TIME, timerAllowed, timerComparisonOn } from './csr-timer.ts'
import type { CsrSlotName } from './state-layout.ts'
import { HSTATUS_WRITABLE, Hstatus, Status, VSXL_64 } from './status.ts'

const VSSIP = 1n << 2n

/**
 * Exceptions that HS-mode can delegate to VS-mode: not environment calls of its own level and above, and none that
 * belong to the second stage. Privileged ISA, "Hypervisor Trap Delegation Registers".
 */
const HEDELEG_WRITABLE =
  0xb1ffn |
  // Software check and hardware error, which never occur here.
  (1n << 18n) |
  (1n << 19n)

/** Fields of `henvcfg` that read as zero where `menvcfg` has zero. The others are HS-mode's alone. */
const GRANTED_BY_MACHINE = ENVCFG_ADUE | ENVCFG_PBMTE | ENVCFG_STCE

/** What `henvcfg` says; where `menvcfg` withholds something, its bit reads as zero. */
export const guestEnvironment = (host: CsrHost): bigint =>
  host.get('henvcfg') & ~(GRANTED_BY_MACHINE & ~host.get('menvcfg'))

/** Whether `vstimecmp` drives VSTIP. */
export const guestTimerComparisonOn = (host: CsrHost): boolean =>
  host.hypervisor && timerComparisonOn(host) && (guestEnvironment(host) & ENVCFG_STCE) !== 0n

/** A register that is only a slot. */
const slot = (number: number, name: CsrSlotName & string): CsrRow => ({
  number,
  name,
  read: (h) => h.get(name),
  write: (h, value) => h.set(name, value),
})

/** HS-mode may reach `hgatp` unless M-mode keeps it, for which it has the bit that keeps `satp`. */
const hgatpAllowed = (host: CsrHost, privilege: number): boolean =>
  privilege === 3 || host.virtual || (host.get('mstatus') & BigInt(Status.tvm)) === 0n

/** The CSRs of the hypervisor itself. Privileged ISA, "Hypervisor and Virtual Supervisor CSRs". */
const ofHypervisor: readonly CsrRow[] = [
  {
    number: 0x600,
    name: 'hstatus',
    read: (h) => h.get('hstatus'),
    write: (h, value) => h.set('hstatus', (value & HSTATUS_WRITABLE) | VSXL_64),
  },
  {
    number: 0x602,
    name: 'hedeleg',
    read: (h) => h.get('hedeleg'),
    write: (h, value) => h.set('hedeleg', value & HEDELEG_WRITABLE),
  },
  {
    number: 0x603,
    name: 'hideleg',
    read: (h) => h.get('hideleg'),
    write: (h, value) => {
      h.set('hideleg', value & GUEST_INTERRUPTS)
      h.interruptsChanged()
    },
  },
  {
    number: 0x604,
    name: 'hie',
    read: (h) => h.get('mie') & GUEST_INTERRUPTS,
    write: (h, value) => {
      h.set('mie', (h.get('mie') & ~GUEST_INTERRUPTS) | (value & GUEST_INTERRUPTS))
      h.interruptsChanged()
    },
  },
  {
    number: 0x605,
    name: 'htimedelta',
    read: (h) => h.get('htimedelta'),
    write: (h, value) => {
      h.set('htimedelta', value)
      h.timersChanged()
    },
  },
  {
    number: 0x606,
    name: 'hcounteren',
    read: (h) => h.get('hcounteren'),
    write: (h, value) => h.set('hcounteren', legalizeCounteren(value)),
  },
  // GEILEN is 0: no interrupt controller here tells guests apart.
  { number: 0x607, name: 'hgeie', read: () => 0n, write: () => {} },
  { number: 0xe12, name: 'hgeip', read: () => 0n },
  {
    number: 0x60a,
    name: 'henvcfg',
    read: guestEnvironment,
    write: (h, value) => {
      const old = h.get('henvcfg')
      // What `menvcfg` withholds is kept, as if it could not be reached.
      const withheld = h.environment & (GRANTED_BY_MACHINE & ~h.get('menvcfg'))
      const next =
        (old & withheld) | legalizeEnvironment(old, value, (ENVCFG_FIOM | h.environment) & ~withheld)
      h.set('henvcfg', next)
      if (((old ^ next) & (ENVCFG_ADUE | ENVCFG_PBMTE)) !== 0n) h.permissionsChanged()
      h.timersChanged()
    },
  },
  slot(0x643, 'htval'),
  {
    number: 0x644,
    name: 'hip',
    read: (h) => BigInt(h.pendingInterrupts()) & GUEST_INTERRUPTS,
    write: (h, value) => {
      h.set('hvip', (h.get('hvip') & ~VSSIP) | (value & VSSIP))
      h.interruptsChanged()
    },
  },
  {
    number: 0x645,
    name: 'hvip',
    read: (h) => h.get('hvip'),
    write: (h, value) => {
      h.set('hvip', value & GUEST_INTERRUPTS)
      h.interruptsChanged()
    },
  },
  slot(0x64a, 'htinst'),
  {
    number: 0x680,
    name: 'hgatp',
    allowed: hgatpAllowed,
    read: (h) => h.get('hgatp'),
    write: (h, value) => {
      h.set('hgatp', legalizeHgatp(h.get('hgatp'), value, h.limits.satpModes))
      h.guestSpaceWritten()
    },
  },
  slot(0x34a, 'mtinst'),
  slot(0x34b, 'mtval2'),
]

/** S-mode CSRs of which VS-mode has its own, by what restricts VS-mode's use of them. */
const replicated: Readonly<Partial<Record<keyof SupervisorState, CsrRow['allowedToGuest'] | null>>> = {
  sstatus: null,
  sie: null,
  stvec: null,
  sscratch: null,
  sepc: null,
  scause: null,
  stval: null,
  sip: null,
  satp: (h) => (h.get('hstatus') & BigInt(Hstatus.vtvm)) === 0n,
  stimecmp: (h) => (guestEnvironment(h) & ENVCFG_STCE) !== 0n && (h.get('hcounteren') & COUNTER_TIME) !== 0n,
}

/** From the number of an S-mode CSR to that of its replica. */
const REPLICA = 0x100

/** `vsstatus` and its like, as HS- and M-mode reach them: with the meaning of the S-mode CSRs on state of their own. */
const ofGuests: readonly CsrRow[] = supervisorCsrs
  .filter(({ name }) => replicated[name] !== undefined)
  .map((csr): CsrRow => {
    const row: CsrRow = {
      number: csr.number + REPLICA,
      name: `v${csr.name}`,
      read: (h) => csr.read(h.guestSupervisor),
      write: (h, value) => csr.write(h.guestSupervisor, value, h.limits),
    }
    return csr.name === 'stimecmp' ? { ...row, exists: (h) => h.limits.sstc, allowed: timerAllowed } : row
  })

const withHypervisor = (row: CsrRow): CsrRow => ({
  ...row,
  exists: (h) => h.hypervisor && row.exists?.(h) !== false,
})

/** Every CSR that the hypervisor extension adds. */
export const hypervisorCsrs: readonly CsrRow[] = [...ofHypervisor, ...ofGuests].map(withHypervisor)

/** What VS-mode reaches by the numbers of S-mode CSRs: the replicas. */
export const guestCsrs: readonly CsrRow[] = ofGuests.map((row) => {
  const number = row.number - REPLICA
  const restriction = replicated[row.name.slice(1) as keyof SupervisorState]
  return withHypervisor({ ...row, number, ...(restriction ? { allowedToGuest: restriction } : {}) })
})
