import { ENVCFG_ADUE, ENVCFG_FIOM, ENVCFG_PBMTE, legalizeEnvironment } from './csr-environment.ts'
import {
  GUEST_INTERRUPTS,
  legalizeCounteren,
  legalizeEpc,
  legalizeTvec,
  SUPERVISOR_INTERRUPTS,
} from './csr-legalize.ts'
import type { CsrHost, CsrRow } from './csr-row.ts'
import { supervisorCsrs } from './csr-supervisor.ts'
import { timerAllowed, timerComparisonOn } from './csr-timer.ts'
import { PMPADDR_SLOT } from './state-layout.ts'
import {
  MPP_SHIFT,
  MSTATUS_WRITABLE,
  Status,
  StatusHigh,
  SXL_64,
  UXL_64,
  withDirtySummary,
} from './status.ts'

/** Exceptions that can be delegated: not an environment call from M-mode, and no reserved code. */
const DELEGABLE_EXCEPTIONS = 0xb3ffn
/** With the hypervisor extension: environment call from VS-mode, guest-page faults and virtual instruction. */
const DELEGABLE_OF_GUESTS = 0x00f0_0400n
const ALL_INTERRUPTS = 0xaaan
const SSIP = 1n << 1n
const VSSIP = 1n << 2n
const STIP = 1n << 5n
const SEIP = 1n << 9n

/** MPV and GVA. */
const MSTATUS_OF_GUESTS = BigInt(StatusHigh.mpv | StatusHigh.gva) << 32n

function writeMstatus(host: CsrHost, value: bigint): void {
  const old = host.get('mstatus')
  let fields = value & (MSTATUS_WRITABLE | BigInt(host.float.statusBits))
  // MPP = 2 is no privilege mode: the field keeps its value.
  if (((fields >> BigInt(MPP_SHIFT)) & 3n) === 2n) {
    fields = (fields & ~BigInt(Status.mpp)) | (old & BigInt(Status.mpp))
  }
  const ofGuests = host.hypervisor ? MSTATUS_OF_GUESTS : 0n
  host.set('mstatus', fields | (value & ofGuests) | UXL_64 | SXL_64)
  host.float.changed()
  host.translationChanged()
  host.interruptsChanged()
}

/**
 * Writes the stored bits of `mip`. SEIP reads as the stored bit or the line, but set and clear modify only the
 * stored bit.
 */
function writeMip(host: CsrHost, value: bigint, operation: string, operand: bigint): void {
  const writable = SSIP | SEIP | (timerComparisonOn(host) ? 0n : STIP)
  const stored = host.get('mip')
  const wanted = operation === 'set' ? stored | operand : operation === 'clear' ? stored & ~operand : value
  host.set('mip', (stored & ~writable) | (wanted & writable))
  // Of the guests' interrupts only VSSIP is more than a view.
  if (host.hypervisor) host.set('hvip', (host.get('hvip') & ~VSSIP) | (value & VSSIP))
  host.interruptsChanged()
}

/** Registers of M-mode. Privileged ISA, chapter "Machine-Level ISA". */
const machine: readonly CsrRow[] = [
  { number: 0xf11, name: 'mvendorid', read: () => 0n },
  { number: 0xf12, name: 'marchid', read: () => 0n },
  { number: 0xf13, name: 'mimpid', read: () => 0n },
  { number: 0xf14, name: 'mhartid', read: (h) => BigInt(h.id) },
  { number: 0xf15, name: 'mconfigptr', read: () => 0n },
  { number: 0x300, name: 'mstatus', read: (h) => withDirtySummary(h.get('mstatus')), write: writeMstatus },
  // Extensions cannot be switched off.
  { number: 0x301, name: 'misa', read: (h) => h.misa, write: () => {} },
  {
    number: 0x302,
    name: 'medeleg',
    read: (h) => h.get('medeleg'),
    write: (h, value) =>
      h.set('medeleg', value & (DELEGABLE_EXCEPTIONS | (h.hypervisor ? DELEGABLE_OF_GUESTS : 0n))),
  },
  {
    number: 0x303,
    name: 'mideleg',
    read: (h) => h.get('mideleg'),
    write: (h, value) => {
      // The guests' interrupts never are M-mode's.
      h.set('mideleg', (value & SUPERVISOR_INTERRUPTS) | (h.hypervisor ? GUEST_INTERRUPTS : 0n))
      h.interruptsChanged()
    },
  },
  {
    number: 0x304,
    name: 'mie',
    read: (h) => h.get('mie'),
    write: (h, value) => {
      h.set('mie', value & (ALL_INTERRUPTS | (h.hypervisor ? GUEST_INTERRUPTS : 0n)))
      h.interruptsChanged()
    },
  },
  {
    number: 0x305,
    name: 'mtvec',
    read: (h) => h.get('mtvec'),
    write: (h, value) => h.set('mtvec', legalizeTvec(h.get('mtvec'), value)),
  },
  {
    number: 0x306,
    name: 'mcounteren',
    read: (h) => h.get('mcounteren'),
    write: (h, value) => h.set('mcounteren', legalizeCounteren(value)),
  },
  {
    number: 0x30a,
    name: 'menvcfg',
    read: (h) => h.get('menvcfg'),
    write: (h, value) => {
      const old = h.get('menvcfg')
      const next = legalizeEnvironment(old, value, ENVCFG_FIOM | h.environment)
      h.set('menvcfg', next)
      if (((old ^ next) & (ENVCFG_ADUE | ENVCFG_PBMTE)) !== 0n) h.permissionsChanged()
      h.timersChanged()
    },
  },
  { number: 0x340, name: 'mscratch', read: (h) => h.get('mscratch'), write: (h, v) => h.set('mscratch', v) },
  {
    number: 0x341,
    name: 'mepc',
    read: (h) => h.get('mepc'),
    write: (h, value) => h.set('mepc', legalizeEpc(value, h.limits.compressed)),
  },
  { number: 0x342, name: 'mcause', read: (h) => h.get('mcause'), write: (h, v) => h.set('mcause', v) },
  { number: 0x343, name: 'mtval', read: (h) => h.get('mtval'), write: (h, v) => h.set('mtval', v) },
  { number: 0x344, name: 'mip', read: (h) => BigInt(h.pendingInterrupts()), write: writeMip },
]

/** The trigger module has no triggers: `tselect` stays 0, and `tdata1` of type 0 says that there is none. */
const triggers: readonly CsrRow[] = ['tselect', 'tdata1', 'tdata2', 'tdata3'].map(
  (name, index): CsrRow => ({ number: 0x7a0 + index, name, read: () => 0n, write: () => {} }),
)

const pmpConfig = (number: 0x3a0 | 0x3a2, slot: 'pmpcfg0' | 'pmpcfg2', first: number): CsrRow => ({
  number,
  name: slot,
  exists: (h) => h.pmp.entries > first,
  read: (h) => h.get(slot),
  write: (h, value) => {
    h.pmp.writeConfig(first, value)
    h.permissionsChanged()
  },
})

const pmp: readonly CsrRow[] = [
  pmpConfig(0x3a0, 'pmpcfg0', 0),
  pmpConfig(0x3a2, 'pmpcfg2', 8),
  ...Array.from(
    { length: 16 },
    (_, entry): CsrRow => ({
      number: 0x3b0 + entry,
      name: `pmpaddr${entry}`,
      exists: (h) => h.pmp.entries > entry,
      read: (h) => h.state.get64(PMPADDR_SLOT + entry * 8),
      write: (h, value) => {
        h.pmp.writeAddress(entry, value)
        h.permissionsChanged()
      },
    }),
  ),
]

/** The S-mode registers of a hart: the shared rows on the hart's state, with the checks that M-mode controls. */
const supervisor: readonly CsrRow[] = supervisorCsrs.map((csr): CsrRow => {
  const row: CsrRow = {
    number: csr.number,
    name: csr.name,
    read: (h) => csr.read(h.supervisor),
    write: (h, value) => csr.write(h.supervisor, value, h.limits),
  }
  if (csr.name === 'satp') {
    const trapped = BigInt(Status.tvm)
    return { ...row, allowed: (h, privilege) => privilege === 3 || (h.get('mstatus') & trapped) === 0n }
  }
  if (csr.name === 'stimecmp') {
    return { ...row, exists: (h) => h.limits.sstc, allowed: timerAllowed }
  }
  return row
})

/** Every CSR of M- and S-mode except the counters. */
export const machineCsrs: readonly CsrRow[] = [...machine, ...triggers, ...pmp, ...supervisor]
