import { atomicAccess, fixed } from './instruction.ts'

/** The instructions of the threads extension. Misaligned addresses trap. */
export const atomicInstructions = {
  /** Wakes up to so many waiters of an address; how many woke. */
  memoryAtomicNotify: atomicAccess('memory.atomic.notify', [0xfe, 0x00], ['i32', 'i32'], ['i32'], 2),
  /** Waits while the address holds the value, at most so many nanoseconds (negative: for ever). */
  memoryAtomicWait32: atomicAccess('memory.atomic.wait32', [0xfe, 0x01], ['i32', 'i32', 'i64'], ['i32'], 2),
  /** Waits while the address holds the value, at most so many nanoseconds (negative: for ever). */
  memoryAtomicWait64: atomicAccess('memory.atomic.wait64', [0xfe, 0x02], ['i32', 'i64', 'i64'], ['i32'], 3),
  /** Orders the accesses before it and after it. */
  atomicFence: fixed('atomic.fence', [0xfe, 0x03], [], [], 'reserved'),
  /** Atomically loads 32 bits. */
  i32AtomicLoad: atomicAccess('i32.atomic.load', [0xfe, 0x10], ['i32'], ['i32'], 2),
  /** Atomically loads 64 bits. */
  i64AtomicLoad: atomicAccess('i64.atomic.load', [0xfe, 0x11], ['i32'], ['i64'], 3),
  /** Atomically loads 8 bits. */
  i32AtomicLoad8U: atomicAccess('i32.atomic.load8_u', [0xfe, 0x12], ['i32'], ['i32'], 0),
  /** Atomically loads 16 bits. */
  i32AtomicLoad16U: atomicAccess('i32.atomic.load16_u', [0xfe, 0x13], ['i32'], ['i32'], 1),
  /** Atomically loads 8 bits. */
  i64AtomicLoad8U: atomicAccess('i64.atomic.load8_u', [0xfe, 0x14], ['i32'], ['i64'], 0),
  /** Atomically loads 16 bits. */
  i64AtomicLoad16U: atomicAccess('i64.atomic.load16_u', [0xfe, 0x15], ['i32'], ['i64'], 1),
  /** Atomically loads 32 bits. */
  i64AtomicLoad32U: atomicAccess('i64.atomic.load32_u', [0xfe, 0x16], ['i32'], ['i64'], 2),
  /** Atomically stores 32 bits. */
  i32AtomicStore: atomicAccess('i32.atomic.store', [0xfe, 0x17], ['i32', 'i32'], [], 2),
  /** Atomically stores 64 bits. */
  i64AtomicStore: atomicAccess('i64.atomic.store', [0xfe, 0x18], ['i32', 'i64'], [], 3),
  /** Atomically stores 8 bits. */
  i32AtomicStore8: atomicAccess('i32.atomic.store8', [0xfe, 0x19], ['i32', 'i32'], [], 0),
  /** Atomically stores 16 bits. */
  i32AtomicStore16: atomicAccess('i32.atomic.store16', [0xfe, 0x1a], ['i32', 'i32'], [], 1),
  /** Atomically stores 8 bits. */
  i64AtomicStore8: atomicAccess('i64.atomic.store8', [0xfe, 0x1b], ['i32', 'i64'], [], 0),
  /** Atomically stores 16 bits. */
  i64AtomicStore16: atomicAccess('i64.atomic.store16', [0xfe, 0x1c], ['i32', 'i64'], [], 1),
  /** Atomically stores 32 bits. */
  i64AtomicStore32: atomicAccess('i64.atomic.store32', [0xfe, 0x1d], ['i32', 'i64'], [], 2),
  /** Atomically adds to 32 bits; their old value. */
  i32AtomicRmwAdd: atomicAccess('i32.atomic.rmw.add', [0xfe, 0x1e], ['i32', 'i32'], ['i32'], 2),
  /** Atomically adds to 64 bits; their old value. */
  i64AtomicRmwAdd: atomicAccess('i64.atomic.rmw.add', [0xfe, 0x1f], ['i32', 'i64'], ['i64'], 3),
  /** Atomically adds to 8 bits; their old value. */
  i32AtomicRmw8AddU: atomicAccess('i32.atomic.rmw8.add_u', [0xfe, 0x20], ['i32', 'i32'], ['i32'], 0),
  /** Atomically adds to 16 bits; their old value. */
  i32AtomicRmw16AddU: atomicAccess('i32.atomic.rmw16.add_u', [0xfe, 0x21], ['i32', 'i32'], ['i32'], 1),
  /** Atomically adds to 8 bits; their old value. */
  i64AtomicRmw8AddU: atomicAccess('i64.atomic.rmw8.add_u', [0xfe, 0x22], ['i32', 'i64'], ['i64'], 0),
  /** Atomically adds to 16 bits; their old value. */
  i64AtomicRmw16AddU: atomicAccess('i64.atomic.rmw16.add_u', [0xfe, 0x23], ['i32', 'i64'], ['i64'], 1),
  /** Atomically adds to 32 bits; their old value. */
  i64AtomicRmw32AddU: atomicAccess('i64.atomic.rmw32.add_u', [0xfe, 0x24], ['i32', 'i64'], ['i64'], 2),
  /** Atomically subtracts from 32 bits; their old value. */
  i32AtomicRmwSub: atomicAccess('i32.atomic.rmw.sub', [0xfe, 0x25], ['i32', 'i32'], ['i32'], 2),
  /** Atomically subtracts from 64 bits; their old value. */
  i64AtomicRmwSub: atomicAccess('i64.atomic.rmw.sub', [0xfe, 0x26], ['i32', 'i64'], ['i64'], 3),
  /** Atomically subtracts from 8 bits; their old value. */
  i32AtomicRmw8SubU: atomicAccess('i32.atomic.rmw8.sub_u', [0xfe, 0x27], ['i32', 'i32'], ['i32'], 0),
  /** Atomically subtracts from 16 bits; their old value. */
  i32AtomicRmw16SubU: atomicAccess('i32.atomic.rmw16.sub_u', [0xfe, 0x28], ['i32', 'i32'], ['i32'], 1),
  /** Atomically subtracts from 8 bits; their old value. */
  i64AtomicRmw8SubU: atomicAccess('i64.atomic.rmw8.sub_u', [0xfe, 0x29], ['i32', 'i64'], ['i64'], 0),
  /** Atomically subtracts from 16 bits; their old value. */
  i64AtomicRmw16SubU: atomicAccess('i64.atomic.rmw16.sub_u', [0xfe, 0x2a], ['i32', 'i64'], ['i64'], 1),
  /** Atomically subtracts from 32 bits; their old value. */
  i64AtomicRmw32SubU: atomicAccess('i64.atomic.rmw32.sub_u', [0xfe, 0x2b], ['i32', 'i64'], ['i64'], 2),
  /** Atomically ands 32 bits; their old value. */
  i32AtomicRmwAnd: atomicAccess('i32.atomic.rmw.and', [0xfe, 0x2c], ['i32', 'i32'], ['i32'], 2),
  /** Atomically ands 64 bits; their old value. */
  i64AtomicRmwAnd: atomicAccess('i64.atomic.rmw.and', [0xfe, 0x2d], ['i32', 'i64'], ['i64'], 3),
  /** Atomically ands 8 bits; their old value. */
  i32AtomicRmw8AndU: atomicAccess('i32.atomic.rmw8.and_u', [0xfe, 0x2e], ['i32', 'i32'], ['i32'], 0),
  /** Atomically ands 16 bits; their old value. */
  i32AtomicRmw16AndU: atomicAccess('i32.atomic.rmw16.and_u', [0xfe, 0x2f], ['i32', 'i32'], ['i32'], 1),
  /** Atomically ands 8 bits; their old value. */
  i64AtomicRmw8AndU: atomicAccess('i64.atomic.rmw8.and_u', [0xfe, 0x30], ['i32', 'i64'], ['i64'], 0),
  /** Atomically ands 16 bits; their old value. */
  i64AtomicRmw16AndU: atomicAccess('i64.atomic.rmw16.and_u', [0xfe, 0x31], ['i32', 'i64'], ['i64'], 1),
  /** Atomically ands 32 bits; their old value. */
  i64AtomicRmw32AndU: atomicAccess('i64.atomic.rmw32.and_u', [0xfe, 0x32], ['i32', 'i64'], ['i64'], 2),
  /** Atomically ors 32 bits; their old value. */
  i32AtomicRmwOr: atomicAccess('i32.atomic.rmw.or', [0xfe, 0x33], ['i32', 'i32'], ['i32'], 2),
  /** Atomically ors 64 bits; their old value. */
  i64AtomicRmwOr: atomicAccess('i64.atomic.rmw.or', [0xfe, 0x34], ['i32', 'i64'], ['i64'], 3),
  /** Atomically ors 8 bits; their old value. */
  i32AtomicRmw8OrU: atomicAccess('i32.atomic.rmw8.or_u', [0xfe, 0x35], ['i32', 'i32'], ['i32'], 0),
  /** Atomically ors 16 bits; their old value. */
  i32AtomicRmw16OrU: atomicAccess('i32.atomic.rmw16.or_u', [0xfe, 0x36], ['i32', 'i32'], ['i32'], 1),
  /** Atomically ors 8 bits; their old value. */
  i64AtomicRmw8OrU: atomicAccess('i64.atomic.rmw8.or_u', [0xfe, 0x37], ['i32', 'i64'], ['i64'], 0),
  /** Atomically ors 16 bits; their old value. */
  i64AtomicRmw16OrU: atomicAccess('i64.atomic.rmw16.or_u', [0xfe, 0x38], ['i32', 'i64'], ['i64'], 1),
  /** Atomically ors 32 bits; their old value. */
  i64AtomicRmw32OrU: atomicAccess('i64.atomic.rmw32.or_u', [0xfe, 0x39], ['i32', 'i64'], ['i64'], 2),
  /** Atomically exclusive-ors 32 bits; their old value. */
  i32AtomicRmwXor: atomicAccess('i32.atomic.rmw.xor', [0xfe, 0x3a], ['i32', 'i32'], ['i32'], 2),
  /** Atomically exclusive-ors 64 bits; their old value. */
  i64AtomicRmwXor: atomicAccess('i64.atomic.rmw.xor', [0xfe, 0x3b], ['i32', 'i64'], ['i64'], 3),
  /** Atomically exclusive-ors 8 bits; their old value. */
  i32AtomicRmw8XorU: atomicAccess('i32.atomic.rmw8.xor_u', [0xfe, 0x3c], ['i32', 'i32'], ['i32'], 0),
  /** Atomically exclusive-ors 16 bits; their old value. */
  i32AtomicRmw16XorU: atomicAccess('i32.atomic.rmw16.xor_u', [0xfe, 0x3d], ['i32', 'i32'], ['i32'], 1),
  /** Atomically exclusive-ors 8 bits; their old value. */
  i64AtomicRmw8XorU: atomicAccess('i64.atomic.rmw8.xor_u', [0xfe, 0x3e], ['i32', 'i64'], ['i64'], 0),
  /** Atomically exclusive-ors 16 bits; their old value. */
  i64AtomicRmw16XorU: atomicAccess('i64.atomic.rmw16.xor_u', [0xfe, 0x3f], ['i32', 'i64'], ['i64'], 1),
  /** Atomically exclusive-ors 32 bits; their old value. */
  i64AtomicRmw32XorU: atomicAccess('i64.atomic.rmw32.xor_u', [0xfe, 0x40], ['i32', 'i64'], ['i64'], 2),
  /** Atomically replaces 32 bits; their old value. */
  i32AtomicRmwXchg: atomicAccess('i32.atomic.rmw.xchg', [0xfe, 0x41], ['i32', 'i32'], ['i32'], 2),
  /** Atomically replaces 64 bits; their old value. */
  i64AtomicRmwXchg: atomicAccess('i64.atomic.rmw.xchg', [0xfe, 0x42], ['i32', 'i64'], ['i64'], 3),
  /** Atomically replaces 8 bits; their old value. */
  i32AtomicRmw8XchgU: atomicAccess('i32.atomic.rmw8.xchg_u', [0xfe, 0x43], ['i32', 'i32'], ['i32'], 0),
  /** Atomically replaces 16 bits; their old value. */
  i32AtomicRmw16XchgU: atomicAccess('i32.atomic.rmw16.xchg_u', [0xfe, 0x44], ['i32', 'i32'], ['i32'], 1),
  /** Atomically replaces 8 bits; their old value. */
  i64AtomicRmw8XchgU: atomicAccess('i64.atomic.rmw8.xchg_u', [0xfe, 0x45], ['i32', 'i64'], ['i64'], 0),
  /** Atomically replaces 16 bits; their old value. */
  i64AtomicRmw16XchgU: atomicAccess('i64.atomic.rmw16.xchg_u', [0xfe, 0x46], ['i32', 'i64'], ['i64'], 1),
  /** Atomically replaces 32 bits; their old value. */
  i64AtomicRmw32XchgU: atomicAccess('i64.atomic.rmw32.xchg_u', [0xfe, 0x47], ['i32', 'i64'], ['i64'], 2),
  /** Atomically replaces 32 bits that equal the second operand by the third; their old value. */
  i32AtomicRmwCmpxchg: atomicAccess(
    'i32.atomic.rmw.cmpxchg',
    [0xfe, 0x48],
    ['i32', 'i32', 'i32'],
    ['i32'],
    2,
  ),
  /** Atomically replaces 64 bits that equal the second operand by the third; their old value. */
  i64AtomicRmwCmpxchg: atomicAccess(
    'i64.atomic.rmw.cmpxchg',
    [0xfe, 0x49],
    ['i32', 'i64', 'i64'],
    ['i64'],
    3,
  ),
  /** Atomically replaces 8 bits that equal the second operand by the third; their old value. */
  i32AtomicRmw8CmpxchgU: atomicAccess(
    'i32.atomic.rmw8.cmpxchg_u',
    [0xfe, 0x4a],
    ['i32', 'i32', 'i32'],
    ['i32'],
    0,
  ),
  /** Atomically replaces 16 bits that equal the second operand by the third; their old value. */
  i32AtomicRmw16CmpxchgU: atomicAccess(
    'i32.atomic.rmw16.cmpxchg_u',
    [0xfe, 0x4b],
    ['i32', 'i32', 'i32'],
    ['i32'],
    1,
  ),
  /** Atomically replaces 8 bits that equal the second operand by the third; their old value. */
  i64AtomicRmw8CmpxchgU: atomicAccess(
    'i64.atomic.rmw8.cmpxchg_u',
    [0xfe, 0x4c],
    ['i32', 'i64', 'i64'],
    ['i64'],
    0,
  ),
  /** Atomically replaces 16 bits that equal the second operand by the third; their old value. */
  i64AtomicRmw16CmpxchgU: atomicAccess(
    'i64.atomic.rmw16.cmpxchg_u',
    [0xfe, 0x4d],
    ['i32', 'i64', 'i64'],
    ['i64'],
    1,
  ),
  /** Atomically replaces 32 bits that equal the second operand by the third; their old value. */
  i64AtomicRmw32CmpxchgU: atomicAccess(
    'i64.atomic.rmw32.cmpxchg_u',
    [0xfe, 0x4e],
    ['i32', 'i64', 'i64'],
    ['i64'],
    2,
  ),
}
