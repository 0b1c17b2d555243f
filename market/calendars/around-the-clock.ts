/** The calendar of markets that never close: every day is a session from midnight to midnight, UTC. */
import { dayMs } from '../dates.ts'
import { createSessionCalendar } from './session-calendar.ts'

export const aroundTheClock = createSessionCalendar({
  name: '24/7',
  timeZone: 'UTC',
  sessionOn: (days) => ({ open: days * dayMs, close: (days + 1) * dayMs }),
})
