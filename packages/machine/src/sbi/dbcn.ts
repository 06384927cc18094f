import { failure, type SbiCall, type SbiExtension, success } from './sbi-extension.ts'

/**
 * Most bytes that one call moves: the calls may do less than asked, and one guest instruction should not cost the
 * host more than this.
 */
const LIMIT = 4096

/** The memory of a call, when the whole range is within the 53 bits that an address can have here. */
function range(call: SbiCall): { address: number; count: number } | undefined {
  const count = call.argument(0)
  const low = call.argument(1)
  const high = call.argument(2)
  if (high !== 0n || low + count > BigInt(Number.MAX_SAFE_INTEGER)) return undefined
  return { address: Number(low), count: Number(count) }
}

/** The last byte asked for is RAM too: a partial transfer must not hide that the range was wrong. */
const endIsRam = (call: SbiCall, address: number, count: number): boolean =>
  call.platform.memory.read(address + count - 1, new Uint8Array(1))

/** DBCN: the debug console. SBI 2.0, chapter 12. */
export const dbcn: SbiExtension = {
  id: 0x4442_434en,
  functions: [
    // console_write(num_bytes, base_addr_lo, base_addr_hi)
    (call) => {
      const memory = range(call)
      if (!memory) return failure('INVALID_PARAM')
      if (memory.count === 0) return success()
      const bytes = new Uint8Array(Math.min(memory.count, LIMIT))
      if (!call.platform.memory.read(memory.address, bytes) || !endIsRam(call, memory.address, memory.count))
        return failure('INVALID_PARAM')
      call.platform.writeConsole(bytes)
      return success(BigInt(bytes.length))
    },
    // console_read(num_bytes, base_addr_lo, base_addr_hi)
    (call) => {
      const memory = range(call)
      if (!memory) return failure('INVALID_PARAM')
      if (memory.count === 0) return success()
      const target = new Uint8Array(Math.min(memory.count, LIMIT))
      if (!call.platform.memory.read(memory.address, target) || !endIsRam(call, memory.address, memory.count))
        return failure('INVALID_PARAM')
      const bytes = call.platform.readConsole(target.length)
      if (bytes.length > 0) call.platform.memory.write(memory.address, bytes)
      return success(BigInt(bytes.length))
    },
    // console_write_byte(byte)
    (call) => {
      call.platform.writeConsole(Uint8Array.of(Number(call.argument(0) & 0xffn)))
      return success()
    },
  ],
}
