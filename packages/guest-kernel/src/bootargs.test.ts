import { describe, expect, test } from 'vitest'
import { type BootOptions, bootargs } from './bootargs.ts'
import type { WorkloadName } from './workloads.ts'

describe('bootargs', () => {
  test.each<[BootOptions | undefined, string]>([
    [undefined, ''],
    [{}, ''],
    [{ bench: 'all' }, 'bench=all scale=1'],
    [{ bench: ['pipe'] }, 'bench=pipe scale=1'],
    [{ bench: ['make', 'pipe', 'make'], scale: 8 }, 'bench=make,pipe,make scale=8'],
    [{ script: '/etc/demo.sh' }, 'script=/etc/demo.sh'],
  ])('%j is %j', (options, line) => expect(bootargs(options)).toBe(line))

  test.each<[string, BootOptions]>([
    ['SCALE_RANGE', { bench: 'all', scale: 0 }],
    ['SCALE_RANGE', { bench: 'all', scale: 9 }],
    ['SCALE_RANGE', { bench: 'all', scale: 1.5 }],
    ['SCALE_RANGE', { bench: 'all', scale: Number.NaN }],
    ['UNKNOWN_WORKLOAD', { bench: [] }],
    ['UNKNOWN_WORKLOAD', { bench: ['pipe', 'nonsense' as WorkloadName] }],
    ['SCRIPT_PATH', { script: 'demo.sh' }],
    ['SCRIPT_PATH', { script: '/etc/demo.sh bench=all' }],
    ['SCRIPT_PATH', { script: '/etc/demo.sh', bench: 'all' }],
  ])('refuses with %s: %j', (code, options) => {
    expect(() => bootargs(options)).toThrow(expect.objectContaining({ code, name: 'GuestKernelError' }))
  })
})
