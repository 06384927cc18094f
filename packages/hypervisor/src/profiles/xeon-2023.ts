import { type Cost, type CostProfile, checkProfile } from '../cost-profile.ts'

const SOSP23 = 'PVM, SOSP 2023, 2.5 GHz, guest deprivileged without hardware assistance'
const measured = (cycles: number, what: string): Cost => ({
  cycles,
  basis: 'measured',
  source: `${SOSP23}: ${what}`,
})
const derived = (cycles: number, what: string): Cost => ({
  cycles,
  basis: 'derived',
  source: `${SOSP23}: ${what}`,
})
const modelled = (cycles: number, source: string): Cost => ({ cycles, basis: 'modelled', source })

/**
 * A recent server on which a deprivileged guest was measured next to hardware assistance. The publication gives
 * microseconds; cycles are those at 2.5 GHz.
 */
export const xeon2023: CostProfile = checkProfile({
  name: 'xeon2023',
  title: 'Server processor, 2.5 GHz (2023)',
  hertz: 2_500_000_000,
  hardware: {
    instruction: modelled(1, 'one instruction per cycle'),
    walkReference: modelled(14, 'a PTE found in the second-level cache'),
    exception: measured(
      150,
      'getpid with nested paging, where a system call does not exit: 0.06 microseconds',
    ),
    interrupt: modelled(600, 'an interrupt through the local controller'),
    firmwareCall: modelled(150, 'as a system call'),
    deviceAccess: modelled(2500, 'an uncached read over PCIe: about a microsecond'),
    fence: modelled(200, 'a serializing write to a control register'),
    dmaLine: modelled(8, '64 bytes at the 20 GB/s of one memory channel'),
  },
  monitor: {
    softwareWalkReference: modelled(30, 'address check, frame look-up, load and decode of one PTE'),
    injection: derived(2088, 'half of an exception, 1.67 microseconds: the delivery without the return'),
    copiedLine: modelled(16, '64 bytes at the 10 GB/s that one core copies'),
  },
  exits: {
    mmioRead: measured(12275, 'port I/O, 4.91 microseconds'),
    mmioWrite: measured(12275, 'port I/O, 4.91 microseconds'),
    sbiCall: measured(1350, 'hypercall, 0.54 microseconds'),
    csrAccess: measured(6325, 'MSR access, 2.53 microseconds'),
    trapReturn: derived(
      2112,
      'getpid without direct switching (1.91) less native (0.22), one half for each direction',
    ),
    translationFence: modelled(1350, 'as a hypercall'),
    waitForInterrupt: modelled(1350, 'as a hypercall'),
    guestSystemCall: derived(
      2112,
      'getpid without direct switching (1.91) less native (0.22), one half for each direction',
    ),
    guestPageFault: derived(2088, 'half of an exception, 1.67 microseconds: the delivery without the return'),
    guestFault: derived(2088, 'half of an exception, 1.67 microseconds: the delivery without the return'),
    shadowFault: derived(1950, 'lmbench page fault with shadow paging (0.93) less nested paging (0.15)'),
    nestedFault: modelled(1950, 'as a hidden fault of shadow paging'),
    floatSwitch: modelled(1550, 'as a hypercall, XSAVE and XRSTOR (about 100 each) added'),
    preemption: modelled(1350, 'as a hypercall'),
  },
})
