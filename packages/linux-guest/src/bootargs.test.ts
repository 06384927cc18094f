import { expect, test } from 'vitest'
import { bootargs } from './bootargs.ts'

test.each([
  [undefined, 'console=ttyS0'],
  [{ run: [] }, 'console=ttyS0'],
  [{ run: ['all', 'kvm-test'], console: 'hvc0' } as const, 'console=hvc0 worldswitch.run=all,kvm-test'],
  [
    { run: ['disk'], disk: '/dev/vda', scale: 3 } as const,
    'console=ttyS0 worldswitch.run=disk worldswitch.scale=3 worldswitch.disk=/dev/vda',
  ],
  [
    { run: ['getpid:20', 'pipe'], scale: 4 } as const,
    'console=ttyS0 worldswitch.run=getpid:20,pipe worldswitch.scale=4',
  ],
])('%j', (options, line) => expect(bootargs(options)).toBe(line))

test.each([
  [{ run: ['pipes'] }, 'UNKNOWN_WORKLOAD', "no workload is named 'pipes'; there are compute, "],
  [{ scale: 0 }, 'SCALE_RANGE', 'the scale 0 is no whole number from 1 to 1,000,000'],
  [{ run: ['pipe:0'] }, 'SCALE_RANGE', 'the scale 0'],
  [{ run: ['pipe:x'] }, 'SCALE_RANGE', 'the scale NaN'],
  [{ run: ['pipes:2'] }, 'UNKNOWN_WORKLOAD', "no workload is named 'pipes'"],
  [{ scale: 1.5 }, 'SCALE_RANGE', 'the scale 1.5'],
  [{ scale: Number.NaN }, 'SCALE_RANGE', 'the scale NaN'],
  [{ disk: '/dev/vda init=/bin/sh' }, 'BOOT_ARGUMENT', 'is no name of a device'],
  [{ console: '' }, 'BOOT_ARGUMENT', 'the console ""'],
])('%j is refused', (options, code, message) => {
  expect(() => bootargs(options as never)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  )
})
