/** Errors over HTTP: RFC 9457 problem details, from the one error table. */
import type { Response } from 'express'
import type { QuorumError } from '../core/errors.ts'

export function sendProblem(response: Response, error: QuorumError): void {
  const { code, message, details, status } = error
  if (status === 401) response.set('www-authenticate', 'Bearer')
  response
    .status(status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: `urn:quorum:error:${code}`,
        title: code.toLowerCase().replaceAll('_', ' '),
        status,
        // A fault of the server may name files and addresses: those are for its log.
        detail: code === 'INTERNAL' ? 'The server failed; its log says why.' : message,
        code,
        ...(code === 'INTERNAL' ? {} : { details }),
      }),
    )
}
