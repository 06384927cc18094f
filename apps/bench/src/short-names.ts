import type { ExitKind, HardwareEvent, MonitorEvent } from '@worldswitch/hypervisor'

/** Heads of narrow columns, in two lines. */
const heads = {
  exception: 'excep-\ntions',
  interrupt: 'inter-\nrupts',
  firmwareCall: 'firmware\ncalls',
  deviceAccess: 'device\naccesses',
  mmioRead: 'device\nreads',
  mmioWrite: 'device\nwrites',
  sbiCall: 'firmw.\ncalls',
  csrAccess: 'CSR\naccess',
  trapReturn: '\nSRET',
  translationFence: '\nSFENCE',
  waitForInterrupt: '\nWFI',
  guestSystemCall: 'system\ncalls',
  guestPageFault: 'page\nfaults',
  guestFault: 'other\ntraps',
  shadowFault: 'shadow\nfaults',
  nestedFault: 'nested\nfaults',
  floatSwitch: 'float\nswitch',
  preemption: 'time\nslices',
} as const satisfies Record<ExitKind, string> & Partial<Record<HardwareEvent, string>>

/** The head of the column for a kind of event. */
export const shortName = (kind: string): string => (heads as Readonly<Record<string, string>>)[kind] ?? kind

/** Terms of a sum of virtual cycles, short enough for several in a line. */
const terms = {
  instruction: 'executing',
  walkReference: 'hardware page walks',
  softwareWalkReference: 'software page walks',
  injection: 'interrupt delivery',
  exception: 'exceptions',
  interrupt: 'interrupts',
  firmwareCall: 'firmware calls',
  deviceAccess: 'device accesses',
  fence: 'fences',
  dmaLine: 'DMA',
  copiedLine: 'copying',
  mmioRead: 'device reads',
  mmioWrite: 'device writes',
  sbiCall: 'firmware calls',
  csrAccess: 'CSR emulation',
  trapReturn: 'SRET emulation',
  translationFence: 'SFENCE emulation',
  waitForInterrupt: 'WFI',
  guestSystemCall: 'system-call delivery',
  guestPageFault: 'page-fault delivery',
  guestFault: 'exception delivery',
  shadowFault: 'shadow-table filling',
  nestedFault: 'second-stage filling',
  floatSwitch: 'floating-point switching',
  preemption: 'time slices',
} as const satisfies Record<ExitKind | HardwareEvent | MonitorEvent, string>

/** A term of a sum in a few words. */
export const shortTerm = (what: string): string => (terms as Readonly<Record<string, string>>)[what] ?? what

/** A count in at most five characters; exact below 10,000. Nothing for none. */
export function shortCount(value: number): string {
  if (value === 0) return '·'
  if (value < 10_000) return String(value)
  const [scaled, unit] =
    value < 999_500 ? [value / 1e3, 'k'] : value < 999_500_000 ? [value / 1e6, 'M'] : [value / 1e9, 'G']
  return `${scaled < 9.995 ? scaled.toFixed(2) : scaled < 99.95 ? scaled.toFixed(1) : scaled.toFixed(0)}${unit}`
}
