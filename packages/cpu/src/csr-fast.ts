import { GUEST_INTERRUPTS, SUPERVISOR_INTERRUPTS } from './csr-legalize.ts'
import type { CsrHost, FastCsr } from './csr-row.ts'
import { CsrSlot, State } from './state-layout.ts'
import { HSTATUS_WRITABLE, MSTATUS_WRITABLE, Status, StatusHigh } from './status.ts'

const I_VALUE = State.csrValue >> 2
const I_MSTATUS = CsrSlot.mstatus >> 2
const I_MIE = CsrSlot.mie >> 2
const I_MIDELEG = CsrSlot.mideleg >> 2
const I_SATP = CsrSlot.satp >> 2

const MSTATUS_LOW = Number(MSTATUS_WRITABLE)
const sstatusLow = (host: CsrHost): number => host.float.supervisorBits
const mstatusLow = (host: CsrHost): number => MSTATUS_LOW | host.float.statusBits
/** SD in the high word of a status register. */
const dirtyHigh = (status: number): number => ((status & Status.fs) === Status.fs ? 0x8000_0000 : 0)
const HSTATUS_LOW = Number(HSTATUS_WRITABLE)
const SUPERVISOR_LOW = Number(SUPERVISOR_INTERRUPTS)
const GUEST_LOW = Number(GUEST_INTERRUPTS)
const I_HSTATUS = CsrSlot.hstatus >> 2
const I_HIDELEG = CsrSlot.hideleg >> 2
const I_HVIP = CsrSlot.hvip >> 2
const I_VSSTATUS = CsrSlot.vsstatus >> 2
const I_VSATP = CsrSlot.vsatp >> 2
/** UXL = 64 bits in the high word of `sstatus`. */
const UXL_HIGH = 2
/** Status fields that decide about translation. */
const TRANSLATION = Status.sum | Status.mxr | Status.mprv | Status.mpp

/** Fields of the upper word of `mstatus` that can be written. */
const GUEST_STATUS_HIGH = StatusHigh.mpv | StatusHigh.gva

/** Puts a status word in place and tells of what changed. */
function storeStatus(host: CsrHost, status: number): void {
  const words = host.state.words
  const changed = words[I_MSTATUS] ^ status
  words[I_MSTATUS] = status
  if ((changed & TRANSLATION) !== 0) host.translationChanged()
  if ((changed & Status.fs) !== 0) host.float.changed()
  if ((changed & status & (Status.sie | Status.mie)) !== 0) host.interruptsChanged()
}

function put(host: CsrHost, low: number, high: number): void {
  const words = host.state.words
  words[I_VALUE] = low
  words[I_VALUE + 1] = high
}

/** The slot of a trap vector: a reserved mode leaves it as it is. */
const trapVector = (slot: 'stvec' | 'vstvec'): FastCsr => {
  const at = CsrSlot[slot] >> 2
  return {
    read: (h) => put(h, h.state.words[at], h.state.words[at + 1]),
    write: ({ state: { words } }, low, high) => {
      if ((low & 3) >= 2) return
      words[at] = low
      words[at + 1] = high
    },
  }
}

/** Fast forms by CSR number; the rows of the same number say what the registers mean. */
export const fastCsrs: Readonly<Record<number, FastCsr>> = {
  // fcsr
  3: {
    read: (h) => put(h, h.float.flags | (h.float.roundingMode << 5), 0),
    write: (h, low) => {
      h.float.flags = low
      h.float.roundingMode = low >> 5
    },
  },
  // sstatus
  256: {
    read: (h) => {
      const status = h.state.words[I_MSTATUS]
      put(h, status & sstatusLow(h), UXL_HIGH | dirtyHigh(status))
    },
    write: (h, low) => {
      const writable = sstatusLow(h)
      storeStatus(h, (h.state.words[I_MSTATUS] & ~writable) | (low & writable))
    },
  },
  // sie
  260: {
    read: (h) => put(h, h.state.words[I_MIE] & h.state.words[I_MIDELEG] & SUPERVISOR_LOW, 0),
    write: (h, low) => {
      const words = h.state.words
      const delegated = words[I_MIDELEG] & SUPERVISOR_LOW
      words[I_MIE] = (words[I_MIE] & ~delegated) | (low & delegated)
      h.interruptsChanged()
    },
  },
  // stvec
  261: trapVector('stvec'),
  // sip
  324: {
    read: (h) => put(h, h.pendingInterrupts() & h.state.words[I_MIDELEG] & SUPERVISOR_LOW, 0),
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
    read: (h) => {
      const status = h.state.words[I_MSTATUS]
      put(h, status, h.state.words[I_MSTATUS + 1] | dirtyHigh(status))
    },
    write: (h, low, high) => {
      const old = h.state.words[I_MSTATUS]
      let status = low & mstatusLow(h)
      if ((status & Status.mpp) === 2 << 11) status = (status & ~Status.mpp) | (old & Status.mpp)
      if (h.hypervisor) {
        const words = h.state.words
        const changed = (words[I_MSTATUS + 1] ^ high) & GUEST_STATUS_HIGH
        words[I_MSTATUS + 1] ^= changed
        if ((changed & StatusHigh.mpv) !== 0) h.translationChanged()
      }
      storeStatus(h, status)
    },
  },
  // hstatus
  1536: {
    read: (h) => put(h, h.state.words[I_HSTATUS], h.state.words[I_HSTATUS + 1]),
    write: (h, low) => {
      h.state.words[I_HSTATUS] = low & HSTATUS_LOW
    },
  },
  // hvip
  1605: {
    read: (h) => put(h, h.state.words[I_HVIP], 0),
    write: (h, low) => {
      h.state.words[I_HVIP] = low & GUEST_LOW
      h.interruptsChanged()
    },
  },
  // time
  3073: {
    read: (h) => h.state.set64(State.csrValue, h.time()),
    write: () => {},
  },
}

/** Fast forms by the numbers that a guest's instructions use, where they mean registers of VS-mode. */
export const fastGuestCsrs: Readonly<Record<number, FastCsr>> = {
  // vsstatus
  256: {
    read: (h) => {
      const status = h.state.words[I_VSSTATUS]
      put(h, status, UXL_HIGH | dirtyHigh(status))
    },
    write: (h, low) => {
      const words = h.state.words
      const changed = words[I_VSSTATUS] ^ (low & sstatusLow(h))
      words[I_VSSTATUS] ^= changed
      if ((changed & Status.fs) !== 0) h.float.changed()
      if ((changed & TRANSLATION) !== 0) h.translationChanged()
      if ((changed & low & Status.sie) !== 0) h.interruptsChanged()
    },
  },
  // vsie
  260: {
    read: (h) => put(h, (h.state.words[I_MIE] & h.state.words[I_HIDELEG]) >> 1, 0),
    write: (h, low) => {
      const words = h.state.words
      const delegated = words[I_HIDELEG]
      words[I_MIE] = (words[I_MIE] & ~delegated) | ((low << 1) & delegated)
      h.interruptsChanged()
    },
  },
  // vstvec
  261: trapVector('vstvec'),
  // vsip
  324: {
    read: (h) => put(h, (h.pendingInterrupts() & h.state.words[I_HIDELEG]) >> 1, 0),
    write: (h, low) => {
      const words = h.state.words
      const writable = (1 << 2) & words[I_HIDELEG]
      words[I_HVIP] = (words[I_HVIP] & ~writable) | ((low << 1) & writable)
      h.interruptsChanged()
    },
  },
  // vsatp
  384: {
    read: (h) => put(h, h.state.words[I_VSATP], h.state.words[I_VSATP + 1]),
    write: (h, low, high) => {
      if (!h.limits.satpModes.has(high >>> 28)) return
      h.state.words[I_VSATP] = low
      h.state.words[I_VSATP + 1] = high
      h.guestSpaceWritten()
    },
  },
  // time
  3073: {
    read: (h) => h.state.set64(State.csrValue, h.guestTime()),
    write: () => {},
  },
}
