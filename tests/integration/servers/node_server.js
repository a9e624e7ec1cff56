// Node's http server: small, sized and chunked bodies; /count tells the requests so far.
'use strict';
const http = require('http');
let count = 0;
const server = http.createServer((request, response) => {
  if (request.url === '/count') {
    response.end(String(count));
    return;
  }
  count += 1;
  const [, kind, size] = request.url.split('/');
  if (kind === 'bytes') {
    response.end(Buffer.alloc(Number(size), 'x'));
  } else if (kind === 'chunked') {
    for (let left = Number(size); left > 0; left -= 1000) {
      response.write(Buffer.alloc(Math.min(left, 1000), 'x'));
    }
    response.end();
  } else {
    response.end('hello\n');
  }
});
server.listen(Number(process.argv[2]), '127.0.0.1');
