/** /ws: events as they happen, one JSON object a message: `{ type: 'moment' | 'job', … }`. A slow reader is dropped, not waited for. */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'

/** A reader that has this much unsent is closed; it may connect again. */
const maxBufferedBytes = 4 * 1024 * 1024

export interface EventHub {
  publish(event: Readonly<Record<string, unknown>>): void
  listeners(): number
  close(): void
}

export function serveEvents(
  server: Server,
  allowed: (request: IncomingMessage) => boolean,
): EventHub {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname !== '/ws' || !allowed(request)) {
      socket.end(
        `HTTP/1.1 ${pathname === '/ws' ? '401 Unauthorized' : '404 Not Found'}\r\nconnection: close\r\n\r\n`,
      )
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => client.terminate())
      sockets.emit('connection', client, request)
    })
  })
  return {
    publish(event) {
      if (sockets.clients.size === 0) return
      const message = JSON.stringify(event)
      for (const client of sockets.clients) {
        if (client.bufferedAmount > maxBufferedBytes) client.terminate()
        else if (client.readyState === WebSocket.OPEN) client.send(message)
      }
    },
    listeners: () => sockets.clients.size,
    close() {
      for (const client of sockets.clients) client.close(1001, 'the server stops')
      sockets.close()
    },
  }
}
