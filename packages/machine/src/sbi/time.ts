import { type SbiExtension, success } from './sbi-extension.ts'

/** TIME: the supervisor's timer. SBI 2.0, chapter 6. */
export const time: SbiExtension = {
  id: 0x5449_4d45n,
  functions: [
    (call) => {
      call.platform.setTimer(call.hart, call.argument(0))
      return success()
    },
  ],
}
