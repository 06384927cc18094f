import { type Cost, type CostProfile, checkProfile } from '../cost-profile.ts'

const modelled = (cycles: number, source: string): Cost => ({ cycles, basis: 'modelled', source })

const entry =
  'trap into S-mode and SRET (50), 31 registers saved and restored (62), cause decoded and dispatched (about 90)'

/**
 * A single-issue RISC-V core at 1 GHz. No published cycle counts for exits on RISC-V were found, so nearly all of
 * this is a model; it says what the pieces of each figure are. The default profile.
 */
export const riscvModelled: CostProfile = checkProfile({
  name: 'riscv',
  title: 'Modelled in-order RISC-V core, 1 GHz',
  hertz: 1_000_000_000,
  hardware: {
    instruction: modelled(1, 'one instruction per cycle'),
    walkReference: modelled(10, 'a PTE that is mostly found in the second-level cache'),
    exception: modelled(50, 'two pipeline refills and the CSR updates of trap entry and SRET'),
    interrupt: modelled(50, 'as an exception'),
    firmwareCall: modelled(200, `as an exit to a monitor without the work behind it: ${entry}`),
    deviceAccess: modelled(100, 'an uncached access over the on-chip bus'),
    fence: modelled(50, 'stores drained, the TLB searched, the pipeline refilled: about what a trap costs'),
    dmaLine: modelled(8, 'eight beats of a memory bus of 8 bytes, for which the hart has to do without it'),
  },
  monitor: {
    softwareWalkReference: modelled(25, 'address check, frame look-up, load and decode of one PTE'),
    injection: modelled(60, 'five CSR fields updated and the vector computed, in software'),
    copiedLine: modelled(
      40,
      'eight loads, eight stores and the loop (20), two lines from the second-level cache (10 each)',
    ),
  },
  exits: {
    mmioRead: {
      cycles: 3302,
      basis: 'derived',
      source:
        'instructions per MMIO exit to user space, Linux 6.12 KVM on riscv64, counted under QEMU; one cycle each',
    },
    mmioWrite: {
      cycles: 3302,
      basis: 'derived',
      source:
        'instructions per MMIO exit to user space, Linux 6.12 KVM on riscv64, counted under QEMU; one cycle each',
    },
    sbiCall: {
      cycles: 931,
      basis: 'derived',
      source:
        'instructions per SBI call handled in the kernel, Linux 6.12 KVM on riscv64, counted under QEMU',
    },
    csrAccess: modelled(330, `${entry}; instruction fetched, decoded and carried out (130)`),
    trapReturn: modelled(400, `${entry}; SRET carried out (80), shadow root chosen and written (120)`),
    translationFence: modelled(420, `${entry}; shadow entries found and removed, real fence (220)`),
    waitForInterrupt: modelled(400, `${entry}; scheduler (200)`),
    guestSystemCall: modelled(400, `${entry}; guest trap entry (80), shadow root chosen and written (120)`),
    guestPageFault: modelled(
      420,
      `${entry}; guest trap entry (80), shadow root (120), outcome of the walk (20); the walk is counted apart`,
    ),
    guestFault: modelled(400, `${entry}; guest trap entry (80), shadow root chosen and written (120)`),
    shadowFault: modelled(
      420,
      `${entry}; shadow tables descended, entry computed and stored (220); the guest walk is counted apart`,
    ),
    nestedFault: modelled(
      420,
      `${entry}; second-stage tables descended, entry computed and stored, block found (220)`,
    ),
    floatSwitch: modelled(
      270,
      `${entry}; 32 floating-point registers and fcsr saved and others restored (68)`,
    ),
    preemption: modelled(400, `${entry}; scheduler (200)`),
  },
})
