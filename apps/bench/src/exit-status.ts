/** Exit statuses of the command, besides the failure codes 1 to 99 that a guest of `boot` ends with. */
export const ExitStatus = {
  /** All was well; of `boot`: the guest powered off. */
  success: 0,
  /** What was asked for could not be done. */
  failed: 1,
  /** The command line makes no sense. */
  wrongCall: 2,
  /** The largest failure code of a guest that is passed on. */
  guestFailureLimit: 99,
  /** The guest asked for a reset, and `--no-reboot` was given. */
  guestReset: 100,
  /** The guest waits for input, and standard input has ended. */
  guestStarved: 101,
  /** The host had no memory left for a virtual machine. */
  hostMemory: 102,
  /** Ctrl-C, or Ctrl-A x in a terminal of `boot`. */
  interrupted: 130,
  /** Whoever read the output closed it. */
  outputClosed: 141,
  terminated: 143,
} as const
