// WebSockets by Node's ws: every message back, as strict as that library is.
const { WebSocketServer } = require('/usr/share/nodejs/ws');

const server = new WebSocketServer({
  host: '127.0.0.1', port: Number(process.argv[2]), maxPayload: 64 * 1024 * 1024,
});
server.on('connection', (socket) => {
  let count = 0;
  socket.on('message', (data, binary) => { ++count; socket.send(data, { binary }); });
  socket.on('error', (error) => console.log(`error ${error.message}`));
  socket.on('close', (code) => console.log(`closed ${code} after ${count}`));
});
