import { dependent, fixed } from './instruction.ts'

/** Branches, calls, variables, references and tables. Blocks are opened and closed by the emitter itself. */
export const controlInstructions = {
  /** Traps. What follows, up to the end of the block, is never executed. */
  unreachable: dependent('unreachable', [0x00]),
  /** Does nothing. */
  nop: fixed('nop', [0x01], [], []),
  /** Branches. */
  br: dependent('br', [0x0c], 'label'),
  /** Branches if the `i32` operand is not zero. */
  brIf: dependent('br_if', [0x0d], 'label'),
  /** Branches to the label that the `i32` operand selects. */
  brTable: dependent('br_table', [0x0e], 'labels'),
  /** Returns the results on the stack. */
  return: dependent('return', [0x0f]),
  /** Calls a function. */
  call: dependent('call', [0x10], 'function'),
  /** Calls the table entry that the `i32` operand selects; traps if its type differs. */
  callIndirect: dependent('call_indirect', [0x11], 'indirect'),
  /** Calls a function in place of this one (a tail call). */
  returnCall: dependent('return_call', [0x12], 'function'),
  /** Calls a table entry in place of this function (a tail call). */
  returnCallIndirect: dependent('return_call_indirect', [0x13], 'indirect'),
  /** Discards a value. */
  drop: dependent('drop', [0x1a]),
  /** The first operand if the third (`i32`) is not zero, else the second. Numbers only. */
  select: dependent('select', [0x1b]),
  /** As `select`, with the type of the operands stated: any type. */
  selectTyped: dependent('select', [0x1c], 'selected'),
  /** The value of a local. */
  localGet: dependent('local.get', [0x20], 'local'),
  /** Sets a local. */
  localSet: dependent('local.set', [0x21], 'local'),
  /** Sets a local and keeps the value on the stack. */
  localTee: dependent('local.tee', [0x22], 'local'),
  /** The value of a global. */
  globalGet: dependent('global.get', [0x23], 'global'),
  /** Sets a mutable global. */
  globalSet: dependent('global.set', [0x24], 'global'),
  /** The entry that the `i32` operand selects. */
  tableGet: dependent('table.get', [0x25], 'table'),
  /** Sets an entry: index, reference. */
  tableSet: dependent('table.set', [0x26], 'table'),
  /** A null reference. */
  refNull: dependent('ref.null', [0xd0], 'reference'),
  /** 1 if the reference is null, else 0. */
  refIsNull: dependent('ref.is_null', [0xd1]),
  /** A reference to a function. */
  refFunc: fixed('ref.func', [0xd2], [], ['funcref'], 'functionReference'),
  /** Copies from a passive element segment: target index, offset in the segment, entries. */
  tableInit: fixed('table.init', [0xfc, 0x0c], ['i32', 'i32', 'i32'], [], 'tableInit'),
  /** Empties an element segment. */
  elemDrop: fixed('elem.drop', [0xfc, 0x0d], [], [], 'element'),
  /** Copies between tables: target index, source index, entries. */
  tableCopy: fixed('table.copy', [0xfc, 0x0e], ['i32', 'i32', 'i32'], [], 'tableCopy'),
  /** Adds entries: their value, how many; the old size, or -1. */
  tableGrow: dependent('table.grow', [0xfc, 0x0f], 'table'),
  /** Entries of a table. */
  tableSize: fixed('table.size', [0xfc, 0x10], [], ['i32'], 'table'),
  /** Fills: first index, value, entries. */
  tableFill: dependent('table.fill', [0xfc, 0x11], 'table'),
}
