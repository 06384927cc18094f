import { describe, expect, test } from 'vitest'
import { readConsole } from './console.ts'
import { workloads } from './workloads.ts'

const lines = (name: string, checksum: string, claim = 'ok') => [
  `@bench begin ${name}`,
  `@bench end ${name} checksum=${checksum} expected=${checksum} ${claim}`,
]
const { name, checksum } = workloads[0]!

describe('a console', () => {
  test('with everything in order, between lines of others', () => {
    const text = ['OpenSBI v1.6', ...lines(name, checksum), '[    1.0] random: crng', '@bench done', ''].join(
      '\r\n',
    )
    expect(readConsole(text)).toEqual({
      workloads: [{ name, status: 'ok', checksum }],
      checks: [],
      counts: [],
      done: true,
      ok: true,
    })
  })

  test.each([
    ['no end', [`@bench begin ${name}`, '@bench done'], 'unfinished'],
    ['a claim of the guest that is wrong', [...lines(name, '0123456789abcdef'), '@bench done'], 'mismatch'],
    ['a mismatch that the guest admits', [...lines(name, checksum, 'MISMATCH'), '@bench done'], 'mismatch'],
    ['an end without a beginning', [lines(name, checksum)[1]!, '@bench done'], 'mismatch'],
    ['a name that is none', [...lines('nothing', checksum), '@bench done'], 'mismatch'],
  ])('with %s is not ok', (_what, text, status) => {
    const { ok, workloads: results } = readConsole(text.join('\n'))
    expect({ ok, status: results[0]?.status }).toEqual({ ok: false, status })
  })

  test('that breaks off is not ok', () => {
    expect(readConsole(lines(name, checksum).join('\n'))).toMatchObject({ done: false, ok: false })
  })

  test('with nothing is not ok', () => {
    expect(readConsole('@bench done\n').ok).toBe(false)
  })

  test('with checks of KVM', () => {
    const text = [
      'ok VU-mode: system calls',
      'skip timer by stimecmp, and wfi: the machine has no Sstc',
      'FAILED shutdown',
      'count mmio-read exits=1000 instructions=3249592 ticks=32497',
      'count sbi-kernel exits=1000 ticks=9520',
      '@bench done',
    ].join('\n')
    expect(readConsole(text)).toEqual({
      workloads: [],
      checks: [
        { name: 'VU-mode: system calls', status: 'ok' },
        { name: 'timer by stimecmp, and wfi', status: 'skipped' },
        { name: 'shutdown', status: 'failed' },
      ],
      counts: [
        { name: 'mmio-read', exits: 1000, instructions: 3249592, ticks: 32497 },
        { name: 'sbi-kernel', exits: 1000, instructions: undefined, ticks: 9520 },
      ],
      done: true,
      ok: false,
    })
  })
})
