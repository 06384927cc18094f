import * as formats from './formats.ts'
import { type Instruction, instruction } from './instruction.ts'
import type { Semantics, Width } from './semantics.ts'

const SYSTEM = 0x73
const GUEST_MEMORY = SYSTEM | (4 << 12)

/** HLV, HLVX and HSV: for M- and HS-mode, and for U-mode where `hstatus.HU` lends them. */
function guardGuestMemory<V, C>(e: Semantics<V, C>): void {
  e.virtualIf(e.inVirtual())
  e.illegalIf(e.both(e.privilegeBelow('S'), e.not(e.status('HU'))))
}

type Loaded = 'signed' | 'unsigned' | 'executable'

const guestLoad = (name: string, funct7: number, width: Width, loaded: Loaded): Instruction =>
  instruction({
    name,
    extension: 'H',
    format: formats.GuestLoad,
    match: GUEST_MEMORY | (funct7 << 25) | ({ signed: 0, unsigned: 1, executable: 3 }[loaded] << 20),
    mask: 0xfff0_707f,
    summary:
      loaded === 'executable'
        ? `Loads ${8 * width} bits of the guest's code, zero-extended: executable pages need not be readable.`
        : `Loads ${8 * width} bits of the guest's memory${width === 8 ? '' : loaded === 'signed' ? ', sign-extended' : ', zero-extended'}.`,
    semantics: (e) => {
      guardGuestMemory(e)
      const value = e.guestLoad(width, e.rs1(), loaded === 'executable')
      e.setRd(loaded === 'signed' && width !== 8 ? e.signExtend((8 * width) as 8 | 16 | 32, value) : value)
    },
  })

const guestStore = (name: string, funct7: number, width: Width): Instruction =>
  instruction({
    name,
    extension: 'H',
    format: formats.GuestStore,
    match: GUEST_MEMORY | (funct7 << 25),
    mask: 0xfe00_7fff,
    summary: `Stores the low ${8 * width} bits into the guest's memory.`,
    semantics: (e) => {
      guardGuestMemory(e)
      e.guestStore(width, e.rs1(), e.rs2())
    },
  })

/** `TVM` of `mstatus` traps the fences of the second stage only. */
const fence = (name: string, funct7: number, stage: 'VS' | 'G', summary: string): Instruction =>
  instruction({
    name,
    extension: 'H',
    format: formats.FenceTranslations,
    match: SYSTEM | (funct7 << 25),
    mask: 0xfe00_7fff,
    summary,
    semantics: (e) => {
      e.virtualIf(e.inVirtual())
      e.illegalIf(e.privilegeBelow('S'))
      if (stage === 'G') e.illegalIf(e.both(e.status('TVM'), e.privilegeBelow('M')))
      e.fenceGuestTranslations(stage)
    },
  })

/** Privileged ISA, chapter "Hypervisor Extension", hypervisor instructions. */
export const hypervisor: readonly Instruction[] = [
  guestLoad('hlv.b', 0x30, 1, 'signed'),
  guestLoad('hlv.bu', 0x30, 1, 'unsigned'),
  guestLoad('hlv.h', 0x32, 2, 'signed'),
  guestLoad('hlv.hu', 0x32, 2, 'unsigned'),
  guestLoad('hlvx.hu', 0x32, 2, 'executable'),
  guestLoad('hlv.w', 0x34, 4, 'signed'),
  guestLoad('hlv.wu', 0x34, 4, 'unsigned'),
  guestLoad('hlvx.wu', 0x34, 4, 'executable'),
  guestLoad('hlv.d', 0x36, 8, 'signed'),
  guestStore('hsv.b', 0x31, 1),
  guestStore('hsv.h', 0x33, 2),
  guestStore('hsv.w', 0x35, 4),
  guestStore('hsv.d', 0x37, 8),
  fence(
    'hfence.vvma',
    0x11,
    'VS',
    "Orders stores to the guest's own page tables before its later translations.",
  ),
  fence(
    'hfence.gvma',
    0x31,
    'G',
    'Orders stores to second-stage page tables before later translations of guests.',
  ),
]
