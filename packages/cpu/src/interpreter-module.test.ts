import { instructionNamed } from '@worldswitch/isa'
import { describe, expect, test } from 'vitest'
import { buildInterpreter } from './interpreter-module.ts'
import { opNames, opNumber, ops } from './opcodes.ts'

describe('the generated interpreter', () => {
  test.each([true, false])(
    'is typed as it is emitted, and the same every time, translates: %s',
    (translates) => {
      const variant = { tlbArraySize: 8192, translates }
      const checked = buildInterpreter(variant, true)
      expect(WebAssembly.validate(checked)).toBe(true)
      expect(Buffer.compare(checked, buildInterpreter(variant))).toBe(0)
    },
  )

  test('has code of its own for all but what is rare', () => {
    const named = (name: string) => opNumber(instructionNamed(name)!, 4, 'plain')
    expect(['ebreak', 'wfi', 'hlv.d'].map(named)).toEqual([undefined, undefined, undefined])
    expect(['add', 'ld', 'sc.d', 'amomaxu.w', 'csrrw', 'ecall', 'mret', 'fence.i'].map(named)).not.toContain(
      undefined,
    )
    expect(new Set(opNames).size).toBe(opNames.length)
    expect(ops.length).toBeLessThan(400)
  })
})
