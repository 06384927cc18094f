import { access, fixed } from './instruction.ts'

/** The instructions on linear memory. Addresses are `i32`, taken as unsigned. */
export const memoryInstructions = {
  /** Loads 32 bits. */
  i32Load: access('i32.load', [0x28], ['i32'], ['i32'], 2),
  /** Loads 64 bits. */
  i64Load: access('i64.load', [0x29], ['i32'], ['i64'], 3),
  /** Loads a single. */
  f32Load: access('f32.load', [0x2a], ['i32'], ['f32'], 2),
  /** Loads a double. */
  f64Load: access('f64.load', [0x2b], ['i32'], ['f64'], 3),
  /** Loads 8 bits and sign-extends them. */
  i32Load8S: access('i32.load8_s', [0x2c], ['i32'], ['i32'], 0),
  /** Loads 8 bits and zero-extends them. */
  i32Load8U: access('i32.load8_u', [0x2d], ['i32'], ['i32'], 0),
  /** Loads 16 bits and sign-extends them. */
  i32Load16S: access('i32.load16_s', [0x2e], ['i32'], ['i32'], 1),
  /** Loads 16 bits and zero-extends them. */
  i32Load16U: access('i32.load16_u', [0x2f], ['i32'], ['i32'], 1),
  /** Loads 8 bits and sign-extends them. */
  i64Load8S: access('i64.load8_s', [0x30], ['i32'], ['i64'], 0),
  /** Loads 8 bits and zero-extends them. */
  i64Load8U: access('i64.load8_u', [0x31], ['i32'], ['i64'], 0),
  /** Loads 16 bits and sign-extends them. */
  i64Load16S: access('i64.load16_s', [0x32], ['i32'], ['i64'], 1),
  /** Loads 16 bits and zero-extends them. */
  i64Load16U: access('i64.load16_u', [0x33], ['i32'], ['i64'], 1),
  /** Loads 32 bits and sign-extends them. */
  i64Load32S: access('i64.load32_s', [0x34], ['i32'], ['i64'], 2),
  /** Loads 32 bits and zero-extends them. */
  i64Load32U: access('i64.load32_u', [0x35], ['i32'], ['i64'], 2),
  /** Stores 32 bits. */
  i32Store: access('i32.store', [0x36], ['i32', 'i32'], [], 2),
  /** Stores 64 bits. */
  i64Store: access('i64.store', [0x37], ['i32', 'i64'], [], 3),
  /** Stores a single. */
  f32Store: access('f32.store', [0x38], ['i32', 'f32'], [], 2),
  /** Stores a double. */
  f64Store: access('f64.store', [0x39], ['i32', 'f64'], [], 3),
  /** Stores the low 8 bits. */
  i32Store8: access('i32.store8', [0x3a], ['i32', 'i32'], [], 0),
  /** Stores the low 16 bits. */
  i32Store16: access('i32.store16', [0x3b], ['i32', 'i32'], [], 1),
  /** Stores the low 8 bits. */
  i64Store8: access('i64.store8', [0x3c], ['i32', 'i64'], [], 0),
  /** Stores the low 16 bits. */
  i64Store16: access('i64.store16', [0x3d], ['i32', 'i64'], [], 1),
  /** Stores the low 32 bits. */
  i64Store32: access('i64.store32', [0x3e], ['i32', 'i64'], [], 2),
  /** Size of the memory in pages of 64 KiB. */
  memorySize: fixed('memory.size', [0x3f], [], ['i32'], 'memoryIndex'),
  /** Adds pages of 64 KiB; the old size, or -1. */
  memoryGrow: fixed('memory.grow', [0x40], ['i32'], ['i32'], 'memoryIndex'),
  /** Copies from a passive data segment: target address, offset in the segment, bytes. */
  memoryInit: fixed('memory.init', [0xfc, 0x08], ['i32', 'i32', 'i32'], [], 'memoryInit'),
  /** Empties a data segment. */
  dataDrop: fixed('data.drop', [0xfc, 0x09], [], [], 'data'),
  /** Copies within the memory, overlap allowed: target address, source address, bytes. */
  memoryCopy: fixed('memory.copy', [0xfc, 0x0a], ['i32', 'i32', 'i32'], [], 'memoryCopy'),
  /** Fills: target address, byte value, bytes. */
  memoryFill: fixed('memory.fill', [0xfc, 0x0b], ['i32', 'i32', 'i32'], [], 'memoryIndex'),
}
