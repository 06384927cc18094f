import type { CheckedEmitter } from './checked-emitter.ts'
import type { Immediate, ImmediateArguments, Instruction } from './instructions/instruction.ts'
import type { DependentName, InstructionMethods } from './instructions/table.ts'
import type { FunctionIndex, FunctionType, TableIndex } from './value-type.ts'

/** Checks the immediates of one kind: that what they name exists, and that they are in range. */
type ImmediateCheck<I extends Immediate> = (
  checker: CheckedEmitter,
  instruction: Instruction,
  ...immediates: ImmediateArguments[I]
) => void

const pass = (): void => undefined

const requireMemory = (checker: CheckedEmitter): void => {
  if (checker.module.memories.length === 0)
    checker.fail('unknown-memory', 'the module has no memory yet: add or import one first')
}

const requireOffset = (checker: CheckedEmitter, offset: number): void => {
  if (!Number.isInteger(offset) || offset < 0 || offset > 0xffff_ffff)
    checker.fail('immediate-range', `offset ${offset} is not an unsigned 32-bit number`)
}

const requireTable = (checker: CheckedEmitter, index: TableIndex | undefined): void => {
  if (!checker.module.table(index)) checker.fail('unknown-table', `there is no table ${index ?? 0}`)
}

const requireFunction = (checker: CheckedEmitter, index: FunctionIndex): void => {
  if (!checker.module.functions[index]) checker.fail('unknown-function', `there is no function ${index}`)
}

const requireFloat = (checker: CheckedEmitter, value: number): void => {
  if (typeof value !== 'number') checker.fail('immediate-range', `${value} is not a number`)
}

/** The checks of immediates, by kind. */
export const immediateChecks: { readonly [I in Immediate]: ImmediateCheck<I> } = {
  none: pass,
  reserved: pass,
  selected: pass,
  reference: pass,
  memory: (checker, { accessLog2 }, offset = 0, alignLog2 = accessLog2) => {
    requireMemory(checker)
    requireOffset(checker, offset)
    if (!Number.isInteger(alignLog2) || alignLog2 < 0 || alignLog2 > accessLog2)
      checker.fail(
        'alignment',
        `alignment 2^${alignLog2} must lie between 2^0 and 2^${accessLog2}, the access's size`,
      )
  },
  atomicMemory: (checker, _instruction, offset = 0) => {
    requireMemory(checker)
    requireOffset(checker, offset)
  },
  memoryIndex: requireMemory,
  memoryCopy: requireMemory,
  i32: (checker, _instruction, value) => {
    if (!Number.isInteger(value) || value < -0x8000_0000 || value > 0xffff_ffff)
      checker.fail('immediate-range', `${value} is not a 32-bit integer`)
  },
  i64: (checker, _instruction, value) => {
    if (typeof value === 'bigint' ? value < -(2n ** 63n) || value >= 2n ** 64n : !Number.isSafeInteger(value))
      checker.fail('immediate-range', `${value} is not a 64-bit integer (give a bigint beyond 2^53)`)
  },
  f32: (checker, _instruction, value) => requireFloat(checker, value),
  f64: (checker, _instruction, value) => requireFloat(checker, value),
  local: (checker, _instruction, local) => {
    if (checker.localType(local) === undefined) checker.fail('unknown-local', `there is no local ${local}`)
  },
  global: (checker, _instruction, global) => {
    if (!checker.module.global(global)) checker.fail('unknown-global', `there is no global ${global}`)
  },
  function: (checker, _instruction, callee) => requireFunction(checker, callee),
  functionReference: (checker, _instruction, target) => requireFunction(checker, target),
  indirect: (checker, _instruction, type, table) => {
    requireTable(checker, table)
    if (!checker.module.types[type]) checker.fail('unknown-type', `there is no type ${type}`)
    if (checker.module.table(table)!.element !== 'funcref')
      checker.fail('operand-type', `table ${table ?? 0} holds no functions`)
  },
  label: (checker, _instruction, label) => checker.requireLabel(label),
  labels: (checker, _instruction, labels, fallback) => {
    for (const label of labels) checker.requireLabel(label)
    checker.requireLabel(fallback)
  },
  table: (checker, _instruction, table) => requireTable(checker, table),
  tableCopy: (checker, _instruction, target, source) => {
    requireTable(checker, target)
    requireTable(checker, source)
    if (checker.module.table(target)!.element !== checker.module.table(source)!.element)
      checker.fail('operand-type', 'the two tables hold different types')
  },
  tableInit: (checker, _instruction, elements, table) => {
    requireTable(checker, table)
    if (!checker.module.hasElements(elements))
      checker.fail('unknown-element', `there is no element segment ${elements}`)
    if (checker.module.table(table)!.element !== 'funcref')
      checker.fail('operand-type', `table ${table ?? 0} holds no functions`)
  },
  element: (checker, _instruction, elements) => {
    if (!checker.module.hasElements(elements))
      checker.fail('unknown-element', `there is no element segment ${elements}`)
  },
  data: (checker, _instruction, data) => {
    if (!checker.module.hasData(data)) checker.fail('unknown-data', `there is no data segment ${data}`)
  },
  memoryInit: (checker, _instruction, data) => {
    requireMemory(checker)
    if (!checker.module.hasData(data)) checker.fail('unknown-data', `there is no data segment ${data}`)
  },
}

const call = (checker: CheckedEmitter, { params, results }: FunctionType): void => {
  checker.popAll(params)
  checker.pushAll(results)
}

const tailCall = (checker: CheckedEmitter, { params, results }: FunctionType): void => {
  const own = checker.resultTypes
  if (results.length !== own.length || results.some((result, i) => result !== own[i]))
    checker.fail(
      'tail-call-results',
      `the callee returns [${results.join(' ')}], this function [${own.join(' ')}]`,
    )
  checker.popAll(params)
  checker.leave()
}

/**
 * How the instructions whose typing depends on the immediate or on the operand stack change the stack. The
 * immediates were checked before.
 *
 * @see WebAssembly core specification, appendix "Validation Algorithm"
 */
export const typingRules: {
  readonly [K in DependentName]: (
    checker: CheckedEmitter,
    ...immediates: Parameters<InstructionMethods[K]>
  ) => void
} = {
  unreachable: (checker) => checker.leave(),
  br: (checker, label) => {
    checker.popAll(checker.branchTypes(label))
    checker.leave()
  },
  brIf: (checker, label) => {
    const types = checker.branchTypes(label)
    checker.pop('i32')
    checker.popAll(types)
    checker.pushAll(types)
  },
  brTable: (checker, labels, fallback) => {
    checker.pop('i32')
    const types = checker.branchTypes(fallback)
    let checked: readonly string[] = types
    for (const label of labels) {
      const others = checker.branchTypes(label)
      if (others === checked) continue
      checked = others
      if (others.length !== types.length)
        checker.fail(
          'label-types',
          `a label takes [${others.join(' ')}], the default one [${types.join(' ')}]`,
        )
      checker.peekAll(others)
    }
    checker.popAll(types)
    checker.leave()
  },
  return: (checker) => {
    checker.popAll(checker.resultTypes)
    checker.leave()
  },
  call: (checker, callee) => call(checker, checker.module.functionType(callee)!),
  callIndirect: (checker, type) => {
    checker.pop('i32')
    call(checker, checker.module.types[type])
  },
  returnCall: (checker, callee) => tailCall(checker, checker.module.functionType(callee)!),
  returnCallIndirect: (checker, type) => {
    checker.pop('i32')
    tailCall(checker, checker.module.types[type])
  },
  drop: (checker) => void checker.popAny(),
  select: (checker) => {
    checker.pop('i32')
    const second = checker.popAny()
    const first = checker.popAny()
    for (const type of [first, second])
      if (type === 'funcref' || type === 'externref')
        checker.fail('operand-type', `chooses between numbers, found ${type}: use selectTyped`)
    if (first !== second && first !== 'unknown' && second !== 'unknown')
      checker.fail('operand-type', `cannot choose between ${first} and ${second}`)
    checker.push(first === 'unknown' ? second : first)
  },
  selectTyped: (checker, type) => {
    checker.pop('i32')
    checker.pop(type)
    checker.pop(type)
    checker.push(type)
  },
  localGet: (checker, local) => checker.push(checker.localType(local)!),
  localSet: (checker, local) => checker.pop(checker.localType(local)!),
  localTee: (checker, local) => {
    checker.pop(checker.localType(local)!)
    checker.push(checker.localType(local)!)
  },
  globalGet: (checker, global) => checker.push(checker.module.global(global)!.type),
  globalSet: (checker, global) => {
    const { mutable, type } = checker.module.global(global)!
    if (!mutable) checker.fail('immutable-global', `global ${global} cannot be set`)
    checker.pop(type)
  },
  tableGet: (checker, table) => {
    checker.pop('i32')
    checker.push(checker.module.table(table)!.element)
  },
  tableSet: (checker, table) => {
    checker.pop(checker.module.table(table)!.element)
    checker.pop('i32')
  },
  tableGrow: (checker, table) => {
    checker.pop('i32')
    checker.pop(checker.module.table(table)!.element)
    checker.push('i32')
  },
  tableFill: (checker, table) => {
    checker.pop('i32')
    checker.pop(checker.module.table(table)!.element)
    checker.pop('i32')
  },
  refNull: (checker, type) => checker.push(type),
  refIsNull: (checker) => {
    const type = checker.popAny()
    if (type !== 'funcref' && type !== 'externref' && type !== 'unknown')
      checker.fail('operand-type', `needs a reference, found ${type}`)
    checker.push('i32')
  },
}
