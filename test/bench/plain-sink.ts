import { createServer } from 'node:net';

// Takes every mail and keeps none.
createServer((socket) => {
  let inBody = false;
  let rest = '';
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.write('220 sink\r\n');
  socket.on('data', (data) => {
    rest += data.toString('latin1');
    for (;;) {
      const end = rest.indexOf(inBody ? '\r\n.\r\n' : '\r\n');
      if (end < 0) {
        if (inBody) rest = rest.slice(-4);
        return;
      }
      const line = rest.slice(0, end);
      rest = rest.slice(end + (inBody ? 5 : 2));
      if (!inBody && line.startsWith('QUIT')) socket.end('221 bye\r\n');
      else if (!inBody && line.startsWith('DATA')) socket.write('354 go\r\n');
      else socket.write('250 ok\r\n');
      inBody = !inBody && line.startsWith('DATA');
    }
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
