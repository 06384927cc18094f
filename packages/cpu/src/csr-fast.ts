import { SUPERVISOR_INTERRUPTS } from './csr-legalize.ts'
import type { CsrHost, FastCsr } from './csr-row.ts'
import { CsrSlot, State } from './state-layout.ts'
import { MSTATUS_WRITABLE, SSTATUS_WRITABLE, Status } from './status.ts'

const I_VALUE = State.csrValue >> 2
const I_MSTATUS = CsrSlot.mstatus >> 2
const I_MIE = CsrSlot.mie >> 2
const I_MIDELEG = CsrSlot.mideleg >> 2
const I_SATP = CsrSlot.satp >> 2

const SSTATUS_LOW = Number(SSTATUS_WRITABLE)
const MSTATUS_LOW = Number(MSTATUS_WRITABLE)
const SUPERVISOR_LOW = Number(SUPERVISOR_INTERRUPTS)
/** UXL = 64 bits in the high word of `sstatus`. */
const UXL_HIGH = 2
/** Status fields that decide about translation. */
const TRANSLATION = Status.sum | Status.mxr | Status.mprv | Status.mpp

/** Puts a status word in place and tells of what changed. */
function storeStatus(host: CsrHost, status: number): void {
  const words = host.state.words
  const changed = words[I_MSTATUS] ^ status
  words[I_MSTATUS] = status
  if ((changed & TRANSLATION) !== 0) host.translationChanged()
  if ((changed & status & (Status.sie | Status.mie)) !== 0) host.interruptsChanged()
}

function put(host: CsrHost, low: number, high: number): void {
  const words = host.state.words
  words[I_VALUE] = low
  words[I_VALUE + 1] = high
}

/** Fast forms by CSR number; the rows of the same number say what the registers mean. */
export const fastCsrs: Readonly<Record<number, FastCsr>> = {
  // sstatus
  256: {
    read: (h) => put(h, h.state.words[I_MSTATUS] & SSTATUS_LOW, UXL_HIGH),
    write: (h, low) => storeStatus(h, (h.state.words[I_MSTATUS] & ~SSTATUS_LOW) | (low & SSTATUS_LOW)),
  },
  // sie
  260: {
    read: (h) => put(h, h.state.words[I_MIE] & h.state.words[I_MIDELEG], 0),
    write: (h, low) => {
      const words = h.state.words
      const delegated = words[I_MIDELEG] & SUPERVISOR_LOW
      words[I_MIE] = (words[I_MIE] & ~delegated) | (low & delegated)
      h.interruptsChanged()
    },
  },
  // sip
  324: {
    read: (h) => put(h, h.pendingInterrupts() & h.state.words[I_MIDELEG], 0),
    write: (h, low) => {
      const words = h.state.words
      const writable = (1 << 1) & words[I_MIDELEG]
      words[CsrSlot.mip >> 2] = (words[CsrSlot.mip >> 2] & ~writable) | (low & writable)
      h.interruptsChanged()
    },
  },
  // satp: every bit of ASID and PPN is implemented, so a supported mode takes the value as it is.
  384: {
    read: (h) => put(h, h.state.words[I_SATP], h.state.words[I_SATP + 1]),
    write: (h, low, high) => {
      if (!h.limits.satpModes.has(high >>> 28)) return
      h.state.words[I_SATP] = low
      h.state.words[I_SATP + 1] = high
      h.satpWritten()
    },
  },
  // mstatus
  768: {
    read: (h) => put(h, h.state.words[I_MSTATUS], h.state.words[I_MSTATUS + 1]),
    write: (h, low) => {
      const old = h.state.words[I_MSTATUS]
      let status = low & MSTATUS_LOW
      if ((status & Status.mpp) === 2 << 11) status = (status & ~Status.mpp) | (old & Status.mpp)
      storeStatus(h, status)
    },
  },
  // time
  3073: {
    read: (h) => h.state.set64(State.csrValue, h.time()),
    write: () => {},
  },
}
