import type { AddressInfo } from 'node:net';
import fastify from 'fastify';

// The framework alone, answering one page of the size it is told (in bytes): what no page of ours can be faster than.
const page = 'x'.repeat(Number(process.argv[2]));
const server = fastify({ logger: false });
server.get('/*', (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
await server.listen({ host: '127.0.0.1', port: 0 });
process.send?.((server.server.address() as AddressInfo).port);
process.once('disconnect', () => process.exit(0));
