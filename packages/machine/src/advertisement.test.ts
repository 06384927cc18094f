import { type HartExtension, hartExtensions } from '@worldswitch/cpu'
import { describe, expect, test } from 'vitest'
import { decodeFdt } from './fdt/fdt-decode.ts'
import { cellsOf, stringsOf } from './fdt/fdt-node.ts'
import { machineFor } from './test-machine.ts'

/** What a hart's node says. */
const hartNode = (extensions: readonly HartExtension[]) => {
  const { machine } = machineFor('j poweroff', { hart: { extensions } })
  const { properties } = decodeFdt(machine.deviceTree).root.children.cpus!.children['cpu@0']!
  return {
    isa: stringsOf(properties['riscv,isa']!)[0]!,
    names: stringsOf(properties['riscv,isa-extensions']!),
    block: (name: string) => {
      const value = properties[`riscv,${name}-block-size`]
      return value && cellsOf(value)
    },
  }
}

/** Causes of illegal-instruction traps that an S-mode program raises with a set of extensions. */
const isIllegal = (code: string, extensions: readonly HartExtension[]): boolean => {
  const { machine } = machineFor(
    `la t0, handler
csrw stvec, t0
la a0, block
li t0, 0xf0
csrw senvcfg, t0
${code}
j poweroff
.align 2
handler: csrr s0, scause
j poweroff
.align 6
block: .zero 64`,
    { hart: { extensions } },
  )
  expect(machine.runSlice(1000).reason).toBe('poweroff')
  const cause = machine.harts[0]!.readX(8)
  expect([0n, 2n]).toContain(cause)
  return cause === 2n
}

/** An instruction or CSR that an extension brings; none for those that are hints or rules of translation. */
const representatives: readonly (readonly [HartExtension, string])[] = [
  ['M', 'mul a1, a1, a1'],
  ['A', 'amoadd.w a1, a1, (a0)'],
  ['Zba', 'sh1add a1, a1, a1'],
  ['Zbb', 'clz a1, a1'],
  ['Zbc', 'clmul a1, a1, a1'],
  ['Zbs', 'bset a1, a1, a1'],
  ['Zicond', 'czero.eqz a1, a1, a1'],
  ['Zicbom', 'cbo.clean (a0)'],
  ['Zicboz', 'cbo.zero (a0)'],
  ['Zawrs', 'wrs.sto'],
  ['Zicntr', 'rdtime a1'],
  ['Zihpm', 'csrr a1, hpmcounter3'],
  ['Sstc', 'csrr a1, stimecmp'],
  ['Svinval', 'sinval.vma zero, zero'],
]

describe('the device tree says what a hart has', () => {
  test.each(representatives)('%s: %s', (extension, code) => {
    const without = hartExtensions.filter((name) => name !== extension)
    expect(isIllegal(code, hartExtensions)).toBe(false)
    expect(isIllegal(code, without)).toBe(true)
    const name = extension.toLowerCase()
    expect(hartNode(hartExtensions).names).toContain(name)
    expect(hartNode(without).names).not.toContain(name)
  })

  test('and names everything else that it has, in both forms', () => {
    const { names, isa } = hartNode(hartExtensions)
    expect(new Set(names)).toEqual(new Set(hartExtensions.map((name) => name.toLowerCase())))
    for (const name of names.filter((it) => it.length > 1)) expect(isa.split('_')).toContain(name)
  })

  test.each([
    ['Zicbom', 'cbom'],
    ['Zicbop', 'cbop'],
    ['Zicboz', 'cboz'],
  ] as const)('with %s the size of its blocks', (extension, property) => {
    expect(hartNode(hartExtensions).block(property)).toEqual([64])
    expect(hartNode(hartExtensions.filter((name) => name !== extension)).block(property)).toBe(undefined)
  })

  test('Svade where nothing is said about A and D bits', () => {
    expect(hartNode(['M', 'A']).names).toContain('svade')
    expect(hartNode(['M', 'A', 'Svadu']).names).not.toContain('svade')
  })
})
