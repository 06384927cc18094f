import { type SbiExtension, success } from './sbi-extension.ts'

/** Version 2.0 of the specification: major in bits 30:24, minor in 23:0. */
export const SBI_SPEC_VERSION = 0x0200_0000n

/** "wswi": no assigned implementation id (those are small numbers), so that nobody's quirks are applied. */
export const SBI_IMPLEMENTATION_ID = 0x7773_7769n

/** Version of this implementation: major in bits 31:16, minor in 15:0. */
export const SBI_IMPLEMENTATION_VERSION = 0x0001_0000n

/** BASE: versions, identities, which extensions there are. SBI 2.0, chapter 4. */
export const base: SbiExtension = {
  id: 0x10n,
  functions: [
    () => success(SBI_SPEC_VERSION),
    () => success(SBI_IMPLEMENTATION_ID),
    () => success(SBI_IMPLEMENTATION_VERSION),
    (call) => success(call.available(call.argument(0)) ? 1n : 0n),
    ({ platform }) => success(platform.ids.mvendorid),
    ({ platform }) => success(platform.ids.marchid),
    ({ platform }) => success(platform.ids.mimpid),
  ],
}
