import ora from 'ora'

/** Says on standard error what is under way. */
export interface StatusLine {
  show(text: string): void
  /** Takes it away. */
  stop(): void
}

/** On a terminal one line that changes; otherwise a line for each thing that begins. */
export function statusLine(): StatusLine {
  if (!process.stderr.isTTY) {
    return { show: (text) => void process.stderr.write(`${text}\n`), stop() {} }
  }
  const spinner = ora({ stream: process.stderr, discardStdin: false }).start('starting')
  return {
    show(text) {
      spinner.text = text
    },
    stop: () => void spinner.stop(),
  }
}
