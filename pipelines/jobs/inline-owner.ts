/** The owner of an inline run is its command's process: named so that another command on this machine can see that it is gone. */
import { hostname } from 'node:os'

export function inlineOwner(): string {
  return `inline:${hostname()}:${process.pid}`
}

/** Whether the process of this owner has ended for sure; of another machine's nobody here can tell. */
export function isGone(owner: string): boolean {
  const [mode, host, pid] = owner.split(':')
  if (mode !== 'inline' || host !== hostname()) return false
  try {
    // Signal 0 only asks; a process of another user answers EPERM and lives.
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
