import { AWAY, type SbiExtension, type SbiFunction, type SbiResult } from './sbi-extension.ts'

const NOTHING = 0xffff_ffff_ffff_ffffn

const done = (value = 0n): SbiResult => ({ kind: 'legacy', value })
const extension = (id: bigint, call: SbiFunction): SbiExtension => ({ id, legacy: true, functions: [call] })

/** Version 0.1 set_timer. SBI 2.0, chapter 5, as all of these. */
export const legacySetTimer = extension(0x00n, (call) => {
  call.platform.setTimer(call.hart, call.argument(0))
  return done()
})

/** Version 0.1 console_putchar. */
export const legacyPutchar = extension(0x01n, (call) => {
  call.platform.writeConsole(Uint8Array.of(Number(call.argument(0) & 0xffn)))
  return done()
})

/** Version 0.1 console_getchar: the byte, or -1. */
export const legacyGetchar = extension(0x02n, (call) => {
  const [byte] = call.platform.readConsole(1)
  return done(byte === undefined ? NOTHING : BigInt(byte))
})

/** Version 0.1 shutdown. */
export const legacyShutdown = extension(0x08n, (call) => {
  call.platform.reset('shutdown', 'none')
  return AWAY
})
