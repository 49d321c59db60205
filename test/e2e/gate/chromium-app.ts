/** The app behind the previews, as Chromium meets it: it shows what it got, and tries what an app may. */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { WebSocketServer } from 'ws';
import type { Echo } from './scene.ts';

/** Hears every request of its scope, tells its pages, and passes it on; with `?hold` not the gateway's callback. */
const worker = `
const heard = [];
const holds = new URL(location).searchParams.has('hold');
self.addEventListener('install', (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  heard.push(event.request.url);
  if (holds && event.request.url.includes('/.byway/callback')) {
    return event.respondWith(new Response('held', { headers: { 'content-type': 'text/html' } }));
  }
  event.respondWith(fetch(event.request).then((response) => {
    heard.push(response.url);
    return response;
  }));
});
self.addEventListener('message', (event) => event.ports[0].postMessage(heard));
`;

function echoOf({ method = '', url = '', rawHeaders }: IncomingMessage): Echo {
  return { method, url, headers: rawHeaders };
}

function page(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(`<!doctype html><title>The app</title><h1>The app</h1><pre>${request.url}</pre>`);
}

export const app: RequestListener = (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://app');
  switch (pathname) {
    case '/echo':
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(echoOf(request)));
      return;
    case '/cookie':
      response.setHeader('set-cookie', `own=${searchParams.get('value')}; Path=/; HttpOnly`);
      return page(request, response);
    case '/worker.js':
      response.setHeader('content-type', 'text/javascript');
      response.end(worker);
      return;
    case '/events':
      response.setHeader('content-type', 'text/event-stream');
      response.write('data: open\n\n');
      return;
    case '/redirect':
      response.writeHead(302, { location: searchParams.get('to') ?? '/' }).end();
      return;
    default:
      return page(request, response);
  }
};

/** Says what head it was opened with, then the same again for each message. */
export function acceptWebSockets(server: Server): void {
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => {
    socket.send(JSON.stringify(echoOf(request)));
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
}
