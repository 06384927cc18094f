import { describe, expect, test } from 'vitest'
import { classify } from './classify.ts'
import { csrNumber, csrs } from './csrs.ts'
import { instructionNamed, instructions } from './table.ts'

const of = (name: string, csr?: string) =>
  classify(instructionNamed(name)!, csr === undefined ? undefined : csrNumber(csr))

describe('classification', () => {
  test.each([
    ['mret', { U: 'always', S: 'always', M: 'never' }],
    ['sret', { U: 'always', S: 'sometimes', M: 'never' }],
    ['wfi', { U: 'always', S: 'sometimes', M: 'never' }],
    ['sfence.vma', { U: 'always', S: 'sometimes', M: 'never' }],
    ['cbo.zero', { U: 'sometimes', S: 'sometimes', M: 'never' }],
    ['wrs.nto', { U: 'sometimes', S: 'sometimes', M: 'never' }],
    ['addi', { U: 'never', S: 'never', M: 'never' }],
    ['ecall', { U: 'never', S: 'never', M: 'never' }],
    ['hlv.w', { U: 'sometimes', S: 'never', M: 'never' }],
    ['hfence.gvma', { U: 'always', S: 'sometimes', M: 'never' }],
  ] as const)('%s is illegal by mode', (name, illegal) => {
    expect(of(name).illegal).toEqual(illegal)
  })

  test.each([
    ['mret', undefined, { VU: 'never', VS: 'never' }],
    ['sret', undefined, { VU: 'always', VS: 'sometimes' }],
    ['wfi', undefined, { VU: 'always', VS: 'sometimes' }],
    ['sfence.vma', undefined, { VU: 'always', VS: 'sometimes' }],
    ['hlv.w', undefined, { VU: 'always', VS: 'always' }],
    ['hfence.vvma', undefined, { VU: 'always', VS: 'always' }],
    ['addi', undefined, { VU: 'never', VS: 'never' }],
    ['csrrw', 'hstatus', { VU: 'always', VS: 'always' }],
    ['csrrw', 'vsatp', { VU: 'always', VS: 'always' }],
    ['csrrw', 'satp', { VU: 'always', VS: 'sometimes' }],
    ['csrrw', 'sscratch', { VU: 'always', VS: 'never' }],
    ['csrrs', 'time', { VU: 'sometimes', VS: 'sometimes' }],
    ['csrrw', 'mscratch', { VU: 'never', VS: 'never' }],
  ] as const)('%s %s exits from a guest by virtual-instruction', (name, csr, virtual) => {
    expect(of(name, csr).virtual).toEqual(virtual)
  })

  test('finds the privileged and the sensitive instructions', () => {
    const names = (choose: (it: ReturnType<typeof classify>) => boolean) =>
      instructions.filter((row) => choose(classify(row))).map((row) => row.name)
    expect(names((it) => it.privileged)).toEqual([
      'mret',
      'sret',
      'wfi',
      'sfence.vma',
      'sinval.vma',
      'sfence.w.inval',
      'sfence.inval.ir',
      'hinval.vvma',
      'hinval.gvma',
      'hfence.vvma',
      'hfence.gvma',
    ])
    expect(names((it) => it.controlSensitive && !it.accessesCsr)).toEqual([
      'mret',
      'sret',
      'wfi',
      'sfence.vma',
      'sinval.vma',
      'hinval.vvma',
      'hinval.gvma',
      'hsv.b',
      'hsv.h',
      'hsv.w',
      'hsv.d',
      'hfence.vvma',
      'hfence.gvma',
    ])
    expect(names((it) => it.behaviourSensitive && !it.accessesCsr)).toEqual(
      instructions.filter((row) => row.name.startsWith('hlv')).map((row) => row.name),
    )
    expect(names((it) => it.behaviourSensitive && it.accessesCsr)).toEqual(names((it) => it.accessesCsr))
    expect(names((it) => it.accessesCsr)).toEqual(['csrrw', 'csrrwi', 'csrrs', 'csrrsi', 'csrrc', 'csrrci'])
  })

  test('finds that the architecture can be virtualized but for the counters', () => {
    const holes = csrs.filter(({ number }) => {
      const { privileged, controlSensitive, behaviourSensitive } = classify(
        instructionNamed('csrrs')!,
        number,
      )
      return (controlSensitive || behaviourSensitive) && !privileged
    })
    expect(holes.every(({ name }) => /^(cycle|time|instret|hpmcounter\d+|vl|vtype|vlenb)$/.test(name))).toBe(
      true,
    )
    expect(holes.some(({ name }) => name === 'time')).toBe(true)
  })

  test.each([
    ['csrrw', 'satp', { privileged: true, controlSensitive: true, behaviourSensitive: true }],
    ['csrrs', 'mhartid', { privileged: true, controlSensitive: false, behaviourSensitive: true }],
    ['csrrs', 'time', { privileged: false, controlSensitive: false, behaviourSensitive: true }],
    ['csrrw', 'stimecmp', { illegal: { U: 'always', S: 'sometimes', M: 'never' } }],
    ['csrrw', 'fcsr', { privileged: false, controlSensitive: false, behaviourSensitive: false }],
  ])('of %s depends on the CSR: %s', (name, csr, expected) => {
    expect(of(name, csr)).toMatchObject(expected)
  })

  test.each([
    [
      'lw',
      {
        memoryWidth: 4,
        readsMemory: true,
        writesMemory: false,
        readsRs1: true,
        readsRs2: false,
        writesRd: true,
      },
    ],
    ['sd', { memoryWidth: 8, readsMemory: false, writesMemory: true, readsRs2: true, writesRd: false }],
    ['amomax.d', { memoryWidth: 8, readsMemory: true, writesMemory: true, atomic: true, readsRs2: true }],
    ['sc.w', { memoryWidth: 4, writesMemory: true, atomic: true, writesRd: true }],
    ['cbo.zero', { readsMemory: false, writesMemory: true, memoryWidth: 0, readsRs1: true }],
    ['cbo.clean', { readsMemory: true, writesMemory: false, memoryWidth: 0, readsRs1: true }],
    ['beq', { transfersControl: 'branch', readsRs1: true, readsRs2: true, writesRd: false }],
    ['c.jr', { transfersControl: 'computed jump', readsRs1: true, memoryWidth: 0 }],
    ['jal', { transfersControl: 'jump', writesRd: true, readsRs1: false }],
    ['sret', { transfersControl: 'trap return' }],
    ['ecall', { traps: 'environment-call' }],
    ['c.ebreak', { traps: 'breakpoint' }],
    ['div', { readsRs1: true, readsRs2: true, writesRd: true, transfersControl: 'no' }],
    ['csrrwi', { accessesCsr: true, readsRs1: false, writesRd: true }],
  ])('notes what %s does', (name, expected) => {
    expect(of(name)).toMatchObject(expected)
  })
})
