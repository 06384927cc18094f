import { expect, test } from 'vitest'

test('the package exports these names', async () => {
  expect(Object.keys(await import('./index.ts')).sort()).toMatchInlineSnapshot(`
    [
      "AssemblyError",
      "Evaluator",
      "OperandError",
      "allExtensions",
      "assemble",
      "classify",
      "csrIsHypervisor",
      "csrIsReadOnly",
      "csrName",
      "csrNumber",
      "csrPrivilege",
      "csrs",
      "decode",
      "disassemble",
      "encode",
      "evaluate",
      "exceptionCause",
      "floatRegisterNames",
      "floatRegisterNumber",
      "instructionIndex",
      "instructionLength",
      "instructionNamed",
      "instructionTable",
      "instructions",
      "isAvailable",
      "operandFields",
      "registerNames",
      "registerNumber",
      "transformedInstruction",
    ]
  `)
})

test('the vectors export these names', async () => {
  expect(Object.keys(await import('./vectors/index.ts')).sort()).toMatchInlineSnapshot(`
    [
      "RandomSource",
      "vectorCode",
      "vectorData",
      "vectors",
    ]
  `)
})
