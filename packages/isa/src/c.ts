import * as formats from './compressed-formats.ts'
import { floatLoadsAndStores } from './float/loads-and-stores.ts'
import { Fixed } from './formats.ts'
import { compressed, type Encoding, type Format, type Instruction, type Operands } from './instruction.ts'
import { arithmetic, wordArithmetic } from './rv64i/arithmetic.ts'
import { controlTransfer } from './rv64i/control-transfer.ts'
import { environment } from './rv64i/environment.ts'
import { loadsAndStores } from './rv64i/loads-and-stores.ts'

const base = new Map(
  [
    ...arithmetic,
    ...wordArithmetic,
    ...loadsAndStores,
    ...floatLoadsAndStores,
    ...controlTransfer,
    ...environment,
  ].map((row) => [row.name, row]),
)

const zeroRd: Encoding = { match: 0, mask: 0x0f80 }
const rdIsSp: Encoding = { match: 2 << 7, mask: 0x0f80 }
const zeroRs2: Encoding = { match: 0, mask: 0x007c }
const zeroImmediate: Encoding = { match: 0, mask: 0x107c }

const row = (
  name: string,
  expansion: string,
  format: Format,
  match: number,
  mask: number,
  summary: string,
  more: { fixed?: Partial<Operands>; except?: readonly Encoding[] } = {},
): Instruction => compressed({ name, format, match, mask, summary, expandsTo: base.get(expansion)!, ...more })

const funct3 = 0xe003
const sp = { rs1: 2 }

/**
 * Unprivileged ISA, chapter "C", for RV64; the loads and stores of floating-point registers need D as well. Reserved encodings are excepted, so they decode to
 * nothing; hints (a destination x0, a shift by 0) are legal and do what their expansion does.
 */
export const c: readonly Instruction[] = [
  row('c.addi4spn', 'addi', formats.AddToSp, 0x0000, funct3, 'Adds a multiple of 4 to `sp`.', {
    fixed: sp,
    except: [{ match: 0, mask: 0x1fe0 }],
  }),
  row('c.fld', 'fld', formats.FloatLoadDouble, 0x2000, funct3, 'Loads a double.'),
  row('c.lw', 'lw', formats.LoadWord, 0x4000, funct3, 'Loads 32 bits.'),
  row('c.ld', 'ld', formats.LoadDouble, 0x6000, funct3, 'Loads 64 bits.'),
  row('c.fsd', 'fsd', formats.FloatStoreDouble, 0xa000, funct3, 'Stores a double.'),
  row('c.sw', 'sw', formats.StoreWord, 0xc000, funct3, 'Stores 32 bits.'),
  row('c.sd', 'sd', formats.StoreDouble, 0xe000, funct3, 'Stores 64 bits.'),

  row('c.nop', 'addi', Fixed, 0x0001, 0xffff, 'Does nothing.'),
  row('c.addi', 'addi', formats.AddImmediate, 0x0001, funct3, 'Adds an immediate.', {
    except: [{ match: 0x0001, mask: 0xffff }],
  }),
  row(
    'c.addiw',
    'addiw',
    formats.AddImmediate,
    0x2001,
    funct3,
    '32-bit add of an immediate, sign-extended.',
    {
      except: [zeroRd],
    },
  ),
  row('c.li', 'addi', formats.LoadImmediate, 0x4001, funct3, 'Loads an immediate.'),
  row('c.addi16sp', 'addi', formats.MoveSp, 0x6101, 0xef83, 'Adds a multiple of 16 to `sp`.', {
    fixed: { rd: 2, rs1: 2 },
    except: [zeroImmediate],
  }),
  row('c.lui', 'lui', formats.LoadUpper, 0x6001, funct3, 'Loads an upper immediate.', {
    except: [rdIsSp, zeroImmediate],
  }),
  row('c.srli', 'srli', formats.ShiftRight, 0x8001, 0xec03, 'Shifts right, filling with zeros.'),
  row('c.srai', 'srai', formats.ShiftRight, 0x8401, 0xec03, 'Shifts right, filling with the sign.'),
  row('c.andi', 'andi', formats.AndImmediate, 0x8801, 0xec03, 'And with an immediate.'),
  row('c.sub', 'sub', formats.Arithmetic, 0x8c01, 0xfc63, 'Subtracts.'),
  row('c.xor', 'xor', formats.Arithmetic, 0x8c21, 0xfc63, 'Exclusive or.'),
  row('c.or', 'or', formats.Arithmetic, 0x8c41, 0xfc63, 'Or.'),
  row('c.and', 'and', formats.Arithmetic, 0x8c61, 0xfc63, 'And.'),
  row('c.subw', 'subw', formats.Arithmetic, 0x9c01, 0xfc63, '32-bit subtraction, sign-extended.'),
  row('c.addw', 'addw', formats.Arithmetic, 0x9c21, 0xfc63, '32-bit add, sign-extended.'),
  row('c.j', 'jal', formats.Jump, 0xa001, funct3, 'Jumps.'),
  row('c.beqz', 'beq', formats.Branch, 0xc001, funct3, 'Branches if zero.'),
  row('c.bnez', 'bne', formats.Branch, 0xe001, funct3, 'Branches if not zero.'),

  row('c.slli', 'slli', formats.ShiftLeft, 0x0002, funct3, 'Shifts left.'),
  row('c.fldsp', 'fld', formats.FloatLoadDoubleSp, 0x2002, funct3, 'Loads a double from the stack.', {
    fixed: sp,
  }),
  row('c.lwsp', 'lw', formats.LoadWordSp, 0x4002, funct3, 'Loads 32 bits from the stack.', {
    fixed: sp,
    except: [zeroRd],
  }),
  row('c.ldsp', 'ld', formats.LoadDoubleSp, 0x6002, funct3, 'Loads 64 bits from the stack.', {
    fixed: sp,
    except: [zeroRd],
  }),
  row('c.jr', 'jalr', formats.JumpRegister, 0x8002, 0xf07f, 'Jumps to a register.', { except: [zeroRd] }),
  row('c.mv', 'add', formats.Move, 0x8002, 0xf003, 'Copies a register.', { except: [zeroRs2] }),
  row('c.ebreak', 'ebreak', Fixed, 0x9002, 0xffff, 'Raises a breakpoint exception.'),
  row(
    'c.jalr',
    'jalr',
    formats.JumpRegister,
    0x9002,
    0xf07f,
    'Jumps to a register, leaving the return address in `ra`.',
    {
      fixed: { rd: 1 },
      except: [zeroRd],
    },
  ),
  row('c.add', 'add', formats.Add, 0x9002, 0xf003, 'Adds.', { except: [zeroRs2] }),
  row('c.fsdsp', 'fsd', formats.FloatStoreDoubleSp, 0xa002, funct3, 'Stores a double to the stack.', {
    fixed: sp,
  }),
  row('c.swsp', 'sw', formats.StoreWordSp, 0xc002, funct3, 'Stores 32 bits to the stack.', { fixed: sp }),
  row('c.sdsp', 'sd', formats.StoreDoubleSp, 0xe002, funct3, 'Stores 64 bits to the stack.', { fixed: sp }),
]
