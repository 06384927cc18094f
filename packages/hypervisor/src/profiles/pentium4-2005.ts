import { type Cost, type CostProfile, checkProfile } from '../cost-profile.ts'

const ASPLOS06 = 'Adams & Agesen, ASPLOS 2006, 3.8 GHz Pentium 4 672'
const measured = (cycles: number, what: string): Cost => ({
  cycles,
  basis: 'measured',
  source: `${ASPLOS06}: ${what}`,
})
const unconfirmed = (cycles: number, what: string): Cost => ({
  cycles,
  basis: 'unconfirmed',
  source: `${ASPLOS06}: ${what}`,
})
const derived = (cycles: number, what: string): Cost => ({
  cycles,
  basis: 'derived',
  source: `${ASPLOS06}: ${what}`,
})
const modelled = (cycles: number, source: string): Cost => ({ cycles, basis: 'modelled', source })

const FAULT = 'a fault into the kernel and back costs 1093 natively'

/**
 * The processor on which software and the first hardware assistance were compared. Its instruction set could not
 * be virtualized by trapping; the figures say what trapping would have cost on that machine.
 */
export const pentium4: CostProfile = checkProfile({
  name: 'pentium4',
  title: 'Pentium 4 672, 3.8 GHz (2005)',
  hertz: 3_800_000_000,
  hardware: {
    instruction: modelled(1, 'one instruction per cycle'),
    walkReference: modelled(28, 'a PTE found in the second-level cache of that core'),
    exception: unconfirmed(242, 'system call, native'),
    interrupt: measured(1093, 'page fault, native: the same path through the interrupt table'),
    firmwareCall: unconfirmed(242, 'system call, native: the nearest thing to a firmware call'),
    deviceAccess: measured(3209, 'port read, native'),
    fence: derived(140, 'a control-register write, native, which serializes likewise: about 140'),
    dmaLine: modelled(38, '64 bytes at the 6.4 GB/s of a front-side bus of 800 MHz'),
  },
  monitor: {
    softwareWalkReference: modelled(40, 'address check, frame look-up, load and decode of one PTE'),
    injection: derived(1000, 'about half of what a system call costs above native under binary translation'),
    copiedLine: modelled(72, 'two lines from the second-level cache (28 each), eight loads and eight stores'),
  },
  exits: {
    mmioRead: derived(1307, `${FAULT}, the emulation of a port read (214 as a callout) added`),
    mmioWrite: derived(1307, `${FAULT}, the emulation of a port access (214 as a callout) added`),
    sbiCall: derived(2242, 'system call, native, with the 2000 of a monitor reflecting one'),
    csrAccess: derived(1128, `${FAULT}, the emulation of a control-register write (35 as a callout) added`),
    trapReturn: derived(1128, `${FAULT}, the emulation of a control-register write (35 as a callout) added`),
    translationFence: derived(1484, `${FAULT}, the adaptive handling of a PTE change (391) added`),
    waitForInterrupt: modelled(2000, `${FAULT}, and the scheduler`),
    guestSystemCall: derived(2066, 'system call, binary translation less native (an unconfirmed pair)'),
    guestPageFault: derived(2834, 'page fault, binary translation less native'),
    guestFault: derived(2334, 'division by zero, binary translation less native'),
    shadowFault: derived(
      2834,
      'page fault, binary translation less native: delivered or hidden, the path is much the same',
    ),
    nestedFault: modelled(2834, 'as a hidden fault of shadow paging: that processor has no second stage'),
    floatSwitch: modelled(1400, `${FAULT}, FXSAVE and FXRSTOR (about 150 each) added`),
    preemption: modelled(2000, `${FAULT}, and the scheduler`),
  },
})
